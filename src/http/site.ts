/** Where the public interface is, and which parts of it there are. */
export interface Site {
  /** Prefix of every public path, as `/img`; empty where the service has the root. */
  readonly basePath: string;
  /** `needs-signature`: every request has to be signed, which a person with a form cannot do. */
  readonly form: 'on' | 'off' | 'needs-signature';
  /** Whether images may be sent here. */
  readonly uploads: boolean;
}

/** The whole interface, at the root. */
export const WHOLE_SITE: Site = { basePath: '', form: 'on', uploads: true };
