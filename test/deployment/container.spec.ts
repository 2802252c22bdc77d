import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { beginPost } from '../support/uploads.ts';
import { Container, IMAGE, Network, docker, run, whyNoContainers } from './docker.ts';
import { describeUnless } from '../support/describe-with.ts';

const HEIC = join(import.meta.dirname, '../../scripts/kit/heic/plain.heic');
const LAKE = encodeURIComponent('http://origin:8000/samples/lake.jpg');
const SOURCES = { ALLOWED_PRIVATE_NETWORKS: '0.0.0.0/0', ALLOWED_SOURCE_PORTS: '8000' };
const MIB = 1024 ** 2;

describeUnless(whyNoContainers(), 'the container image', () => {
  const stack = new DisposableStack();
  let network: Network;
  let container: Container;

  before(async () => {
    network = stack.use(new Network());
    // Another one, whose samples are sources.
    stack.use(await Container.start(network, { ALLOWED_HOSTS: 'origin' }, 'origin'));
    container = stack.use(await Container.start(network, { ...SOURCES, INPUT_FORMATS: 'jpeg,heic,svg' }));
  });
  after(() => stack.dispose());

  const upload = async (type: string, body: string | Uint8Array<ArrayBuffer>) =>
    fetch(`${container.url}/thumbnail?size=256&format=png`, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body,
    });

  it('makes a thumbnail once, and then has it', async () => {
    const url = `${container.url}/thumbnail?url=${LAKE}&size=256&format=webp`;
    const answers = [await fetch(url), await fetch(url)];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(answers[0]!.headers.get('Cache-Status')).to.include('fwd=uri-miss');
    expect(answers[1]!.headers.get('Cache-Status')).to.include('hit');
    const [first, second] = await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    expect(Buffer.from(first!)).to.deep.equal(Buffer.from(second!));
  });

  it('decodes HEIC', async () => {
    const answer = await upload('image/heic', new Uint8Array(await readFile(HEIC)));
    expect(answer.status).to.equal(200);
    const { width, height } = await sharp(await answer.arrayBuffer()).metadata();
    expect({ width, height }).to.deep.equal({ width: 192, height: 128 });
  });

  it('has fonts for the text of drawings', async () => {
    for (const font of ['Arial', 'Times New Roman', 'Courier New', 'no such font']) {
      const answer = await upload(
        'image/svg+xml',
        `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="64">
          <text x="8" y="48" font-family="${font}" font-size="40">Hamburg</text></svg>`,
      );
      const pixels = await sharp(await answer.arrayBuffer())
        .extractChannel('alpha')
        .raw()
        .toBuffer();
      const inked = pixels.filter((alpha) => alpha > 128).length;
      // Letters cover some of the area; boxes in their place would leave most of it empty, a block of ink none.
      expect(inked, font).to.be.within(800, 6000);
    }
  });

  it('runs without privileges on files that it cannot change', () => {
    expect(container.shell('id -u')).to.equal('1000');
    expect(container.shell('touch /app/dist/x /tmp/x || true')).to.match(/Read-only.*\n.*Read-only/);
    expect(container.shell('grep CapEff /proc/1/status')).to.match(/\b0{16}$/);
    expect(docker('run', '--rm', '--entrypoint', 'find', IMAGE!, '/app', '!', '-user', 'root')).to.equal('');
  });

  it('has a health check that tells a service from none', () => {
    expect(run('exec', container.id, 'node', 'scripts/healthcheck.js').code).to.equal(0);
    expect(run('run', '--rm', IMAGE!, 'node', 'scripts/healthcheck.js').code).to.equal(1);
  });

  it('has the command, which writes where the user may', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thumbnailer-'));
    try {
      const user = `${process.getuid!()}:${process.getgid!()}`;
      docker('cp', `${container.id}:/app/dist/public/samples/lake.jpg`, folder);
      const options = ['--rm', `--user=${user}`, `--volume=${folder}:/images`];
      docker(
        'run',
        ...options,
        IMAGE!,
        'thumbnailer',
        'make',
        '/images/lake.jpg',
        '--size',
        '64',
        '-o',
        '/images/a.webp',
      );
      expect((await sharp(join(folder, 'a.webp')).metadata()).width).to.equal(64);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  for (const signal of ['TERM', 'INT', 'HUP', 'QUIT']) {
    it(`answers what is under way after SIG${signal}, and ends with 0`, async () => {
      using another = await Container.start(network, {});
      const post = beginPost(`${another.url}/thumbnail?size=128`, {
        'Content-Type': 'image/heic',
        Expect: '100-continue',
      });
      await post.continued;
      docker('kill', `--signal=${signal}`, another.id);
      post.request.end(await readFile(HEIC));
      expect((await post.answer).status).to.equal(200);
      expect(docker('wait', another.id)).to.equal('0');
    });
  }

  it('stays small', () => {
    expect(Number(docker('image', 'inspect', '--format', '{{.Size}}', IMAGE!))).to.be.below(330 * MIB);
  });
});
