import { expect } from 'chai';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import nock from 'nock';
import { readEcsTask, resolveRegion } from '../../../src/adapters/ecs-metadata/ecs-metadata.ts';
import { SecretSourceError } from '../../../src/ports/secret-source.ts';
import { useNock } from '../../support/nock.ts';
import { CONTAINER, TASK } from './metadata-fixture.ts';

/** A JSON document, a text, or what to do with the response. */
type Answer = object | string | ((response: ServerResponse) => void);
const HERE = {
  region: 'eu-west-1',
  taskId: '0123456789abcdef0123456789abcdef',
  privateIpv4Addresses: ['10.20.3.17'],
};

describe('task metadata of ECS', () => {
  let server: Server;
  let base: string;
  let answers: Record<string, Answer>;
  let requested: string[];

  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    answers = {};
    requested = [];
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    requested.push(url);
    const body = answers[url];
    if (typeof body === 'function') (body as (response: ServerResponse) => void)(response);
    else if (body === undefined) response.writeHead(404).end();
    else response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  const read = (env: Parameters<typeof readEcsTask>[0], timeoutMs = 5_000) => readEcsTask(env, { timeoutMs });
  const bothVersions = () => ({
    ECS_CONTAINER_METADATA_URI_V4: `${base}/v4/id`,
    ECS_CONTAINER_METADATA_URI: `${base}/v3/id`,
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
  });

  it('gives region, task and address, each once, from version 4', async () => {
    answers = { '/v4/id': CONTAINER, '/v4/id/task': TASK };
    expect(await read(bothVersions())).to.deep.equal(HERE);
    expect(requested).to.have.members(['/v4/id', '/v4/id/task']);
  });

  it('makes do with either of the two answers', async () => {
    answers = { '/v4/id/task': TASK };
    expect(await read(bothVersions())).to.deep.equal(HERE);
    answers = { '/v4/id': CONTAINER };
    expect(await read(bothVersions())).to.deep.equal(HERE);
  });

  it('falls back to version 3', async () => {
    answers = { '/v4/id': '<html>', '/v4/id/task': 'null', '/v3/id': CONTAINER, '/v3/id/task': TASK };
    expect(await read(bothVersions())).to.deep.equal(HERE);
  });

  describe('at its fixed address', () => {
    useNock();

    it('falls back to version 2', async () => {
      nock('http://169.254.170.2').get('/v2/metadata').reply(200, TASK);
      expect(await read({ AWS_EXECUTION_ENV: 'AWS_ECS_EC2' })).to.deep.equal(HERE);
    });

    it('requests nothing outside ECS', async () => {
      const asked: unknown[] = [];
      const onNoMatch = (request: unknown) => asked.push(request);
      nock.emitter.on('no match', onNoMatch);
      try {
        expect(await read({})).to.equal(undefined);
        expect(await read({ AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' })).to.equal(undefined);
        const empty = { ECS_CONTAINER_METADATA_URI_V4: '', ECS_CONTAINER_METADATA_URI: '' };
        expect(await read(empty)).to.equal(undefined);
        expect(asked).to.deep.equal([]);
        // That the look-out would have seen a request:
        const onEcs = { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/id' };
        expect(await read(onEcs)).to.equal(undefined);
        expect(asked).not.to.deep.equal([]);
      } finally {
        nock.emitter.off('no match', onNoMatch);
      }
    });
  });

  const deaf: [title: string, behaviour: (response: ServerResponse) => void][] = [
    ['never answers', () => undefined],
    [
      'stops in the middle',
      (response) => response.writeHead(200, { 'content-length': 100 }).write('{"TaskARN":'),
    ],
  ];
  for (const [title, behaviour] of deaf) {
    it(`gives up at the deadline on an endpoint that ${title}`, async () => {
      const paths = ['/v4/id', '/v4/id/task', '/v3/id', '/v3/id/task'];
      answers = Object.fromEntries(paths.map((path) => [path, behaviour]));
      const { ECS_CONTAINER_METADATA_URI_V4, ECS_CONTAINER_METADATA_URI } = bothVersions();
      expect(await read({ ECS_CONTAINER_METADATA_URI_V4, ECS_CONTAINER_METADATA_URI }, 100)).to.equal(
        undefined,
      );
    });
  }

  it('does without where the address is no address, or nobody listens', async () => {
    expect(await read({ ECS_CONTAINER_METADATA_URI_V4: 'nonsense' })).to.equal(undefined);
    expect(await read({ ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:1' })).to.equal(undefined);
  });

  it('takes what is usable of an answer of another shape', async () => {
    const networks = [
      null,
      { IPv4Addresses: ['10.0.0.1', 7, 'fd00::1', 'evil.example'] },
      { IPv4Addresses: null },
    ];
    answers = {
      '/v4/id': { Networks: networks, Labels: null },
      '/v4/id/task': { TaskARN: 'not an ARN', Containers: [null, 'x', {}, { Networks: 'none' }] },
    };
    expect(await read(bothVersions())).to.deep.equal({ privateIpv4Addresses: ['10.0.0.1'] });
  });

  it('knows the regions of other partitions', async () => {
    answers = { '/v4/id/task': { TaskARN: 'arn:aws-us-gov:ecs:us-gov-west-1:123456789012:task/c/ab12' } };
    expect(await read(bothVersions())).to.deep.equal({
      region: 'us-gov-west-1',
      taskId: 'ab12',
      privateIpv4Addresses: [],
    });
  });
});

describe('the AWS region', () => {
  const task = { region: 'eu-north-1', privateIpv4Addresses: [] };

  it('is AWS_REGION, else AWS_DEFAULT_REGION, else that of the task', () => {
    const both = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
    expect(resolveRegion(both, task)).to.equal('eu-west-1');
    expect(resolveRegion({ ...both, AWS_REGION: undefined }, task)).to.equal('eu-west-2');
    expect(resolveRegion({ AWS_REGION: '', AWS_DEFAULT_REGION: '' }, task)).to.equal('eu-north-1');
  });

  it('where nothing says, asks for AWS_REGION', () => {
    expect(() => resolveRegion({}, undefined)).to.throw(SecretSourceError, /Set AWS_REGION/);
    expect(() => resolveRegion({}, { privateIpv4Addresses: [] })).to.throw(
      SecretSourceError,
      /Set AWS_REGION/,
    );
  });
});
