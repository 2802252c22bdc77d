import { cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Memcached, whyNoMemcached } from '../../scripts/kit/memcached.ts';
import { parseSigningKeys } from '../../src/domain/access/signature.ts';
import { PROJECT } from './markdown.ts';
import type { Reader } from './reader.ts';

interface Execution {
  /** What is missing to run it here. */
  readonly missing?: string | undefined;
  /** Runs the command, and expects of it what its page says. */
  readonly run: (reader: Reader, command: string) => Promise<void>;
}

const WEBP = { format: 'webp', width: 256, height: 192 };

/** Whether the package is installed or not, the command is the same; test/package.spec.ts installs it. */
const fromCheckout = (command: string) => command.replace('npx thumbnailer', 'node src/cli.ts');

/** Documented commands, by their text, and how commands.spec.ts runs each. */
export const EXECUTIONS: Readonly<Record<string, Execution>> = {
  'npm start': {
    run: async ({ service }) => {
      const response = await fetch(service.url);
      expect(await response.text()).to.include('Thumbnail it!');
    },
  },

  "curl --fail -o thumbnail.webp 'http://localhost:8000/thumbnail?url=https%3A%2F%2Fexample.com%2Fphoto.jpg&size=256&format=webp'":
    {
      run: async (reader, command) => {
        await reader.run(command);
        expect(await reader.takeImage('thumbnail.webp')).to.deep.equal(WEBP);
      },
    },

  "curl --fail -o thumbnail.webp --data-binary @photo.jpg -H 'Content-Type: image/jpeg' 'http://localhost:8000/thumbnail?size=256&format=webp'":
    {
      run: async (reader, command) => {
        await reader.run(command);
        expect(await reader.takeImage('thumbnail.webp')).to.deep.equal(WEBP);
      },
    },

  'curl -fsD - -o thumbnail.webp -G http://localhost:8000/thumbnail --data-urlencode url=https://example.com/photo.jpg -d size=256 -d format=webp':
    {
      run: async (reader, command) => {
        const { stdout } = await reader.run(command);
        expect(stdout)
          .to.match(/^HTTP\/1\.1 200 OK\r\n/)
          .and.match(/^content-type: image\/webp\r$/im);
        expect(await reader.takeImage('thumbnail.webp')).to.deep.equal(WEBP);
      },
    },

  'curl -sG http://localhost:8000/info --data-urlencode url=https://example.com/photo.jpg -d fields=width,height,color':
    {
      run: async (reader, command) => {
        const { stdout } = await reader.run(command);
        expect(stdout).to.match(/^\{"width":\d+,"height":\d+,"color":"#[0-9a-f]{6}"\}$/);
      },
    },

  'MEMCACHIER_SERVERS=mc1.example.com:11211 MEMCACHIER_USERNAME=… MEMCACHIER_PASSWORD=… npm start': {
    missing: whyNoMemcached(),
    run: async (reader, command) => {
      const user = { username: 'reader@localhost', password: 's3cret' } as const;
      await using memcached = await Memcached.start({ user });
      const mine = command
        .replace('mc1.example.com:11211', memcached.address)
        .replace('USERNAME=…', `USERNAME=${user.username}`)
        .replace('PASSWORD=…', `PASSWORD=${user.password}`);
      await using first = await reader.checkout.start(mine);
      await using second = await reader.checkout.start(mine);
      expect(first.log[0]).to.include({ cache: `memcached at ${memcached.address}` });
      expect(await reader.cacheStatusAt(first.url)).to.equal('fwd=uri-miss');
      expect(await reader.cacheStatusAt(second.url)).to.equal('hit');
    },
  },

  'THUMBNAIL_CACHE=memory,./docs/examples/directory-cache.js DIRECTORY_CACHE=/tmp/thumbnails npm start': {
    run: async (reader, command) => {
      const folder = join(reader.checkout.folder, 'thumbnails');
      await using service = await reader.checkout.start(command.replace('/tmp/thumbnails', folder));
      expect(await reader.cacheStatusAt(service.url)).to.equal('fwd=uri-miss');
      expect(await readdir(folder)).not.to.be.empty;
    },
  },

  'IMAGE_FETCHER=./docs/examples/plain-fetcher.js IMAGE_RESIZER=./docs/examples/plain-resizer.js npm start': {
    run: async (reader, command) => {
      await using service = await reader.checkout.start(command);
      expect(await reader.cacheStatusAt(service.url)).to.equal('fwd=uri-miss');
      expect(await reader.cacheStatusAt(service.url)).to.equal('hit');
    },
  },

  'SIGNING_KEYS=… npm run -s sign-url -- --purge --url https://example.com/photo.jpg | xargs curl -X DELETE':
    {
      run: async (reader, command) => {
        const { url } = reader.service;
        await reader.cacheStatusAt(url);
        expect(await reader.cacheStatusAt(url)).to.equal('hit');
        await reader.run(command.replace('sign-url --', `sign-url -- --base ${url}`));
        expect(await reader.cacheStatusAt(url)).to.equal('fwd=uri-miss');
      },
    },

  'SIGNING_KEYS=2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 npm run -s sign-url -- --url https://example.com/photo.jpg --size 300 --expires 30d --base https://thumbs.example':
    {
      run: async (reader, command) => {
        const { stdout } = await reader.run(command);
        expect(stdout).to.match(/^https:\/\/thumbs\.example\/thumbnail\?\S+\n$/);
        const response = await fetch(stdout.trim().replace('https://thumbs.example', reader.service.url));
        expect(response.status).to.equal(200);
      },
    },

  "node -p \"'2026:' + crypto.randomBytes(32).toString('base64url')\"": {
    run: async (reader, command) => {
      const { stdout } = await reader.run(command);
      expect([...parseSigningKeys(stdout.trim()).keys()]).to.deep.equal(['2026']);
    },
  },

  'npx thumbnailer make photo.jpg --size 256 --format webp -o out.webp': {
    run: async (reader, command) => {
      await reader.run(fromCheckout(command));
      expect(await reader.takeImage('out.webp')).to.deep.equal(WEBP);
    },
  },

  'npx thumbnailer make photos -o thumbnails --width 320 --height 180 --fit cover': {
    run: async (reader, command) => {
      await reader.run('mkdir -p photos/trip && cp photo.jpg photos/trip/beach.jpg');
      await reader.run(fromCheckout(command));
      const [made = ''] = await readdir(join(reader.checkout.folder, 'thumbnails/trip'));
      expect(made).to.match(/^beach\.(avif|webp)$/);
      expect(await reader.takeImage(`thumbnails/trip/${made}`)).to.include({ width: 320, height: 180 });
    },
  },

  'npx thumbnailer info photo.jpg --fields format,width,height': {
    run: async (reader, command) => {
      const { stdout } = await reader.run(fromCheckout(command));
      expect(stdout).to.equal('{"format":"jpeg","width":640,"height":480}\n');
    },
  },

  'SIGNING_KEYS=… npx thumbnailer sign --url https://example.com/photo.jpg --width 300 --base https://thumbs.example':
    {
      run: async (reader, command) => {
        const { stdout } = await reader.run(fromCheckout(command));
        expect(stdout).to.match(/^https:\/\/thumbs\.example\/thumbnail\?\S+\n$/);
        const response = await fetch(stdout.trim().replace('https://thumbs.example', reader.service.url));
        expect(response.status).to.equal(200);
      },
    },

  'SIGNING_KEYS=… npx thumbnailer purge --url https://example.com/photo.jpg --base http://localhost:8000': {
    run: async (reader, command) => {
      const { url } = reader.service;
      await reader.cacheStatusAt(url);
      expect(await reader.cacheStatusAt(url)).to.equal('hit');
      await reader.run(fromCheckout(command));
      expect(await reader.cacheStatusAt(url)).to.equal('fwd=uri-miss');
    },
  },

  'npx thumbnailer translate --from imgproxy --base https://thumbs.example < urls.txt': {
    run: async (reader, command) => {
      await writeFile(
        join(reader.checkout.folder, 'urls.txt'),
        '/sig/rs:fill:128:64/plain/https://example.com/photo.jpg@webp\n',
      );
      const { stdout } = await reader.run(fromCheckout(command));
      const url = stdout.trim().replace('https://thumbs.example', reader.service.url);
      await reader.run(`curl -s -o translated.webp '${url}'`);
      expect(await reader.takeImage('translated.webp')).to.deep.equal({
        format: 'webp',
        width: 128,
        height: 64,
      });
    },
  },

  // Of its verdict nothing is expected: that takes minutes, and a machine with nothing else to do.
  'MALLOC_ARENA_MAX=1 node scripts/soak.ts --minutes 3': {
    missing: process.platform === 'linux' ? undefined : 'Linux',
    run: async ({ checkout }, command) => {
      const { stdout, stderr } = await checkout.run(command.replace('--minutes 3', '--minutes 0.01'));
      expect(stdout, stderr)
        .to.match(/^cache filled with \d+ thumbnails; \d+ sources, 24 at once/)
        .and.match(/peak/);
    },
  },

  'node scripts/compare-encoders.ts --size 256': {
    run: async (reader, command) => {
      const { stdout } = await reader.run(`${command} --repeat 1 --format webp`);
      expect(stdout)
        .to.match(/^\* webp/m)
        .and.match(/^ {2}not encoded/m)
        .and.include('SSIMULACRA2');
    },
  },

  'npx mocha test/domain/work/admission.spec.ts': {
    run: async (reader, command) => {
      expect((await reader.run(command)).stdout).to.match(/\d+ passing/);
    },
  },

  // In a project of one file: what it would change here is somebody's work.
  'npm run fix': {
    run: async ({ checkout }, command) => {
      const project = join(checkout.folder, 'untidy');
      const settings = ['package.json', 'tsconfig.json', 'eslint.config.js', '.prettierrc.json'];
      await mkdir(join(project, 'src'), { recursive: true });
      for (const name of settings) await cp(join(PROJECT, name), join(project, name));
      await symlink(join(PROJECT, 'node_modules'), join(project, 'node_modules'));
      await writeFile(
        join(project, 'src/untidy.ts'),
        'export const a = "a"\nexport let b: Array<number> = []\n',
      );
      const { code, stdout } = await checkout.run(`cd untidy && ${command}`);
      expect(code, stdout).to.equal(0);
      const fixed = await readFile(join(project, 'src/untidy.ts'), 'utf8');
      expect(fixed).to.equal("export const a = 'a';\nexport const b: number[] = [];\n");
    },
  },
};
