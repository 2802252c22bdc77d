import { expect } from 'chai';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { SsmSecretSource } from '../../../src/adapters/secrets-ssm/index.ts';
import { SecretSourceError } from '../../../src/ports/secret-source.ts';
import { useEnvironment } from './use-environment.ts';

const HALF_AN_ANSWER =
  'HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: 500\r\n\r\n{"Parameters":[';
const WEB_PAGE =
  'HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 22\r\n\r\n<p>s3cret, go away</p>';

/** Under a stubbed HTTP client timeouts mean nothing, so this is a real server. */
describe('secrets-ssm: an endpoint that does not answer as it should', () => {
  useEnvironment({
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SSM: undefined,
  });
  let server: Server;
  let onRequest: (socket: Socket) => void;
  const sockets = new Set<Socket>();

  before(async () => {
    server = createServer((socket) => {
      sockets.add(socket.on('close', () => sockets.delete(socket)));
      socket.on('error', () => undefined).once('data', () => onRequest(socket));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    process.env['AWS_ENDPOINT_URL_SSM'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });

  const cases: [title: string, onRequest: (socket: Socket) => void, advice: RegExp][] = [
    ['says nothing', () => undefined, /could not be reached.*too slow/],
    [
      'stops in the middle of its answer',
      (socket) => socket.write(HALF_AN_ANSWER),
      /could not be reached.*too slow/,
    ],
    ['closes the connection', (socket) => socket.destroy(), /could not be reached.*NAT gateway/],
    [
      'is something else',
      (socket) => socket.end(WEB_PAGE),
      /not come from Parameter Store.*AWS_ENDPOINT_URL_SSM/,
    ],
  ];
  for (const [title, behaviour, advice] of cases) {
    it(title, async () => {
      onRequest = behaviour;
      const source = new SsmSecretSource({
        prefix: 'thumbnailer.',
        region: 'eu-west-1',
        requestTimeoutMs: 150,
      });
      const error: unknown = await source.read().catch((reason: unknown) => reason);
      await source.close();
      expect(error).to.be.instanceOf(SecretSourceError);
      expect((error as Error).message).to.match(advice);
      expect(allMessages(error)).not.to.contain('s3cret');
      await Promise.all([...sockets].map((socket) => once(socket, 'close')));
    });
  }
});

function allMessages(error: unknown): string {
  return error instanceof Error ? `${error.message} ${allMessages(error.cause)}` : '';
}
