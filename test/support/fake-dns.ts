import dns from 'node:dns';
import { isIP } from 'node:net';

/**
 * To be loaded into a process before its own code, by `--import`: answers look-ups of the names in FAKE_DNS, a JSON
 * object of the lists of addresses that each name has, one list a question, the last one for good. All other names are
 * unknown, so that no test asks a real name server.
 */
type Names = Readonly<Record<string, readonly (readonly string[])[]>>;

const names = JSON.parse(process.env['FAKE_DNS'] ?? '{}') as Names;
const asked = new Map<string, number>();

const lookup = (
  hostname: string,
  options: dns.LookupOptions,
  callback: (
    error: NodeJS.ErrnoException | null,
    answer: string | dns.LookupAddress[],
    family?: number,
  ) => void,
): void => {
  const answers = names[hostname] ?? [];
  const turn = asked.get(hostname) ?? 0;
  asked.set(hostname, turn + 1);
  // A number is its own answer, as it is with the real look-up.
  const addresses = isIP(hostname) === 0 ? (answers[Math.min(turn, answers.length - 1)] ?? []) : [hostname];
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first] = found;
  process.nextTick(() => {
    if (first === undefined) callback(Object.assign(new Error('unknown'), { code: dns.NOTFOUND }), []);
    else if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

Object.assign(dns, { lookup });
