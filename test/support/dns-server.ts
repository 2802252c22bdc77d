import { type RemoteInfo, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { type Answer, type Packet, decode, encode, streamDecode, streamEncode } from 'dns-packet';

/** What a name server does with the questions for a name. What is not said is not there. */
export interface Zone {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** Lists of IPv4 addresses, one a question, the last one for good; their TTL is 0. */
  readonly turns?: readonly (readonly string[])[];
  /** Names on the way to the addresses. */
  readonly through?: readonly string[];
  readonly ttl?: number;
  /** Of the links on the way, where they have others. */
  readonly ttls?: readonly number[];
  readonly rcode?: 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  readonly delayMs?: number;
  /** Questions that are answered with SERVFAIL. */
  readonly fails?: readonly string[];
  /** Questions that are never answered. */
  readonly stalls?: readonly string[] | 'all';
  /** Over UDP the answer is said not to fit. */
  readonly truncated?: boolean;
}

/** A name server on a loopback port, by UDP and TCP. Names that it was told nothing of do not exist. */
export interface DnsServer extends AsyncDisposable {
  /** For `DNS_SERVERS`. */
  readonly address: string;
  /** Such as `A images.test`, in their order; those by TCP begin with `TCP`. */
  readonly questions: string[];
  readonly zones: Map<string, Zone>;
  /** Answers nothing while it is set. */
  isSilent: boolean;
  /** Answers REFUSED to all while it is set. */
  isRefusing: boolean;
  /** How often there was a question for the IPv4 addresses of a name. */
  asked(name: string): number;
}

const AUTHORITATIVE = 0x04_00;
const TRUNCATED = 0x02_00;
/** Questions that come at once wait there; what has no room is lost. */
const BURST_BYTES = 1024 * 1024;
const NO_SUCH_NAME: Zone = { rcode: 'NXDOMAIN' };
const REFUSAL: Zone = { rcode: 'REFUSED' };
const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

export async function startDnsServer(zones: Readonly<Record<string, Zone>> = {}): Promise<DnsServer> {
  const state = {
    zones: new Map(Object.entries(zones)),
    questions: [] as string[],
    isSilent: false,
    isRefusing: false,
  };
  const timers = new Set<NodeJS.Timeout>();
  const connections = new Set<Socket>();
  const udp = createSocket({ type: 'udp4', recvBufferSize: BURST_BYTES });
  const tcp = createServer((connection) => {
    connections.add(connection.on('error', () => undefined));
    connection.once('data', (message) =>
      respond(streamDecode(message), true, (packet) => connection.end(streamEncode(packet))),
    );
  });

  function respond(question: Packet, isTcp: boolean, send: (packet: Packet) => void): void {
    const [{ type, name } = { type: 'A', name: '' }] = question.questions ?? [];
    state.questions.push(`${isTcp ? 'TCP ' : ''}${type} ${name}`);
    const zone = state.isRefusing ? REFUSAL : (state.zones.get(name.toLowerCase()) ?? NO_SUCH_NAME);
    if (state.isSilent || zone.stalls === 'all' || zone.stalls?.includes(type)) return;
    const turn = zone.turns?.[Math.min(turnOf(name), zone.turns.length) - 1];
    const packet = answerTo(question, turn === undefined ? zone : { ...zone, a: turn, ttl: 0 }, isTcp);
    const timer = setTimeout(() => send(packet), zone.delayMs ?? 0);
    timers.add(timer);
  }

  const turnOf = (name: string) => state.questions.filter((question) => question === `A ${name}`).length;
  udp.on('message', (message: Buffer, { port, address }: RemoteInfo) =>
    respond(decode(message), false, (packet) => udp.send(encode(packet), port, address)),
  );
  // Both at one port: one that is free for TCP is rarely taken for UDP, while the other way round connections are in the way.
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening').catch((error: unknown) => {
    tcp.close();
    throw error;
  });
  return Object.assign(state, {
    address: `127.0.0.1:${port}`,
    asked: turnOf,
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const connection of connections) connection.destroy();
      udp.close();
      tcp.close();
      await once(tcp, 'close');
    },
  });
}

function answerTo(question: Packet, zone: Zone, isTcp: boolean): Packet {
  const { id, questions = [] } = question;
  const isCut = zone.truncated === true && !isTcp;
  const rcode =
    RCODES[zone.fails?.includes(questions[0]?.type ?? '') ? 'SERVFAIL' : (zone.rcode ?? 'NOERROR')];
  const flags = AUTHORITATIVE | (isCut ? TRUNCATED : 0) | rcode;
  const answers = isCut || rcode !== 0 ? [] : recordsFor(questions[0], zone);
  return { type: 'response', ...(id !== undefined && { id }), flags, questions, answers };
}

function recordsFor(question: NonNullable<Packet['questions']>[number] | undefined, zone: Zone): Answer[] {
  const { ttl = 60, through = [], ttls = [] } = zone;
  if (question === undefined) return [];
  const names = [question.name, ...through];
  const chain = through.map((data, at): Answer => ({
    type: 'CNAME',
    name: names[at] ?? '',
    ttl: ttls[at] ?? ttl,
    data,
  }));
  const owner = names.at(-1) ?? '';
  const type = question.type === 'AAAA' ? 'AAAA' : 'A';
  const addresses = question.type === 'A' ? zone.a : question.type === 'AAAA' ? zone.aaaa : [];
  return [...chain, ...(addresses ?? []).map((data): Answer => ({ type, name: owner, ttl, data }))];
}
