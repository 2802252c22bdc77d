/** Where the servers are and how to log in there. */
export interface MemcachedConnection {
  /** `host:port`, several separated by commas; the port is 11211 where none is given. IPv6 stands in brackets. */
  readonly servers: string;
  /** SASL PLAIN; without both of them there is no login. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Whether to speak TLS, with a server whose certificate is of its name and of an authority that Node trusts. */
  readonly tls?: boolean | undefined;
  /** Whether the servers are configuration endpoints that name the real ones (ElastiCache's auto discovery). */
  readonly discovery?: boolean | undefined;
}
