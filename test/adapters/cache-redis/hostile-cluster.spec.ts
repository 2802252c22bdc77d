import { expect } from 'chai';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { HostileRedis, honest } from './hostile-redis.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable } from './support.ts';

/** A node that has all slots, as CLUSTER SLOTS says it. */
const allSlots = (host: string, port: number | string) =>
  `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$${host.length}\r\n${host}\r\n:${port}\r\n`;

describe('cache-redis: a node of a cluster that means harm', () => {
  let node: HostileRedis;
  beforeEach(async () => {
    node = await HostileRedis.start();
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const open = () => openCache(`redis+cluster://${node.address}`);
  const portOf = ({ address }: HostileRedis) => Number(address.split(':').at(-1));

  /** Answers for the map with this, and is honest otherwise. */
  const tellMap = (text: () => string) => {
    node.behave = (command, socket, meeting) => {
      if (command.name === 'CLUSTER') socket.write(text());
      else honest(command, socket, meeting);
    };
  };

  for (const [what, map] of Object.entries({
    'is no list': '+OK\r\n',
    'is an error': '-ERR This instance has cluster support disabled\r\n',
    'is empty': '*0\r\n',
    'has slots that are none': allSlots('127.0.0.1', 1).replace(':16383', ':16384'),
    'has ports that are none': allSlots('127.0.0.1', 1).replace(':1\r\n', '$1\r\na\r\n'),
    'has ports that no server has': allSlots('127.0.0.1', 99_999),
    'is nested without end': '*1\r\n'.repeat(200_000),
    'never ends': '*5\r\n',
  })) {
    it(`is left alone if its map ${what}, until it has a good one`, async () => {
      tellMap(() => map);
      const cache = await open();
      await unavailable(cache.get(freshKey()));
      await expectRejectedAtOnce(cache, freshKey());
      tellMap(() => allSlots('', portOf(node)));
      const key = freshKey();
      expect(await recovered(cache, key)).to.equal(undefined);
      await cache.set(key, sampleEntry(), MINUTE_MS);
      expect(await cache.get(key)).to.deep.equal(sampleEntry());
      await cache.close();
    });
  }

  it('sends nobody round in circles', async () => {
    let asked = 0;
    node.behave = (command, socket, meeting) => {
      if (command.name === 'CLUSTER') socket.write(allSlots('127.0.0.1', portOf(node)));
      else if (command.name === 'GET' && !String(command.args[0]).endsWith('probe')) {
        asked += 1;
        socket.write(`-MOVED 1 127.0.0.1:${portOf(node)}\r\n`);
      } else honest(command, socket, meeting);
    };
    const cache = await open();
    expect((await unavailable(cache.get(freshKey()))).message).to.match(/MOVED/);
    expect(asked).to.equal(2);
    await cache.close();
  });

  it('answers with a list where a value is due, and is no longer asked', async () => {
    tellMap(() => allSlots('127.0.0.1', portOf(node)));
    const cache = await open();
    expect(await cache.get(freshKey())).to.equal(undefined);
    const { behave } = node;
    node.behave = (command, socket, meeting) => {
      if (command.name === 'GET') socket.write('*1\r\n$1\r\na\r\n');
      else behave(command, socket, meeting);
    };
    await unavailable(cache.get(freshKey()));
    await expectRejectedAtOnce(cache, freshKey());
    await cache.close();
  });
});
