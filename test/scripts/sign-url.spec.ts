import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseSigningKeys, textToSign, verifySignature } from '../../src/domain/access/signature.ts';
import { DEFAULT_LIMITS } from '../../scripts/kit/spec.ts';
import { DELIVERY_NAMES } from '../../src/domain/request/delivery.ts';
import { OPTION_NAMES } from '../../src/domain/request/options.ts';
import { isInstalled } from '../support/describe-with.ts';
import { INFO_FIELDS } from '../../src/domain/request/info-spec.ts';
import { parseInfoQuery } from '../../src/http/routes/info-query.ts';
import { parsePurgeQuery, parseThumbnailQuery } from '../../src/http/thumbnail/thumbnail-query.ts';

const SCRIPT = new URL('../../scripts/sign-url.ts', import.meta.url).pathname;
const KEYS = ['2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8', `old:${'A'.repeat(43)}`].join(',');
const SOURCE = "https://example.com/~ann/a b*(1).jpg?x=1&y=ä+'";
const HEADERS = { accept: '', cacheControl: '' };
const LIMITS = { ...DEFAULT_LIMITS, openSizes: [] };
const THUMBNAIL = ['--url', SOURCE, '--size', '300'];

describe('npm run sign-url', function () {
  it('prints the address alone, signed with the first of the keys, for a month', () => {
    const before = Math.floor(Date.now() / 1000);
    const { status, stdout, stderr } = run(THUMBNAIL);
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    expect(stdout).to.match(/^http:\/\/localhost:8000\/thumbnail\?\S+\n$/);
    const { request, terms } = parseThumbnailQuery(queryOf(stdout), HEADERS, LIMITS, () => undefined);
    expect(request.source).to.have.nested.property('url.href', new URL(SOURCE).href);
    expect(request.spec).to.include({ width: 300, height: 300 });
    expect(terms.signature!.keyId).to.equal('2026');
    verifySignature(terms.signature!, parseSigningKeys(KEYS), Date.now());
    expect(terms.signature!.expires - before).to.be.within(30 * 86_400, 30 * 86_400 + 20);
  });

  it('takes a format, a fit, a time, and where the service is', () => {
    const { stdout } = run(
      [...THUMBNAIL, '--format', 'webp', '--fit', 'cover'].concat(
        ['--expires', '1900000000'],
        ['--base', 'https://thumbs.example/small/'],
      ),
    );
    expect(stdout).to.match(/^https:\/\/thumbs\.example\/small\/thumbnail\?/);
    const { request, terms } = parseThumbnailQuery(queryOf(stdout), HEADERS, LIMITS, () => undefined);
    expect(request.spec).to.include({ format: 'webp', fit: 'cover' });
    expect(terms.signature!.expires).to.equal(1_900_000_000);
    verifySignature(terms.signature!, parseSigningKeys(KEYS), 1_899_999_999_000);
  });

  it('signs a purge, for an hour, and says how to send it', () => {
    const before = Math.floor(Date.now() / 1000);
    const { status, stdout, stderr } = run(['--url', SOURCE, '--purge']);
    expect(status).to.equal(0);
    const { source, signature } = parsePurgeQuery(queryOf(stdout), LIMITS);
    expect(source.href).to.equal(new URL(SOURCE).href);
    verifySignature(signature!, parseSigningKeys(KEYS), Date.now());
    expect(signature!.expires - before).to.be.within(3600, 3620);
    expect(stderr).to.equal(`Send it as a DELETE: curl -X DELETE '${stdout.trim()}'\n`);
  });

  it('signs an info, of some fields or all', () => {
    const { status, stdout } = run(['--url', SOURCE, '--info', '--fields', 'height,width']);
    expect(status).to.equal(0);
    expect(stdout).to.match(/^http:\/\/localhost:8000\/info\?/);
    const { url, fields, signature } = parseInfoQuery(queryOf(stdout), LIMITS);
    expect(url.href).to.equal(new URL(SOURCE).href);
    expect(fields).to.deep.equal(['width', 'height']);
    verifySignature(signature!, parseSigningKeys(KEYS), Date.now());
    expect(queryOf(run(['--url', SOURCE, '--info']).stdout).has('fields')).to.equal(false);
  });

  it('takes an address of any length: what is too long is for the service to say', () => {
    const url = `https://example.com/${'a'.repeat(12_000)}`;
    expect(queryOf(run(['--url', url, '--size', '300']).stdout).get('url')).to.equal(url);
  });

  for (const url of ['/photos/a b.jpg', 's3://bucket/a.jpg']) {
    it(`signs ${url}, for a service that reads it`, () => {
      const { stdout } = run(['--url', url, '--size', '300']);
      expect(new URLSearchParams(queryOf(stdout)).get('url')).to.equal(url);
    });
  }

  it('explains itself', () => {
    const { status, stdout, stderr } = run(['--help'], '');
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    const options = [...stdout.matchAll(/^ {2}(?:-[a-z], )?--([a-z]+)/gm)].map(([, option]) => option);
    expect(options).to.deep.equal([
      'url',
      ...OPTION_NAMES,
      ...DELIVERY_NAMES,
      'expires',
      'info',
      'fields',
      'purge',
      'base',
      'help',
    ]);
  });

  const faults: Record<string, [readonly string[], string, string?]> = {
    'no address': [['--size', '300'], '--url is missing: give the URL of an image.'],
    'an address that is none': [
      ['--url', 'photo.jpg', '--size', '3'],
      "--url: That isn't a complete URL. Did you mean https://photo.jpg?",
    ],
    'fields of no info': [[...THUMBNAIL, '--fields', 'width'], '--fields goes with --info.'],
    'a field that is none': [
      ['--url', SOURCE, '--info', '--fields', 'size'],
      `--fields: fields must be one or several of ${INFO_FIELDS.join(', ')}, separated by commas.`,
    ],
    'an info of one size': [[...THUMBNAIL, '--info'], '--info is of the image itself: leave out --size.'],
    'an info and a purge': [
      ['--url', SOURCE, '--info', '--purge'],
      '--purge and --info are two requests: sign one at a time.',
    ],
    'no size': [
      ['--url', SOURCE],
      '--size is missing, such as --size 128, or --width, --height or --preset.',
    ],
    'a size beside what it stands for': [
      [...THUMBNAIL, '--width', '300'],
      '--size: size stands for width and height: give either size, or width and height.',
    ],
    'a size that is none': [
      ['--url', SOURCE, '--size', '1e3'],
      '--size: size must be a whole number of pixels from 1 to 99999, such as 128.',
    ],
    'a format that is none': [
      [...THUMBNAIL, '--format', 'bmp'],
      '--format: format must be auto, avif, webp, jpeg, png or gif.',
    ],
    'a fit that is none': [[...THUMBNAIL, '--fit', 'fill'], '--fit: fit must be inside, cover or contain.'],
    'a time that is none': [
      [...THUMBNAIL, '--expires', '1y'],
      '--expires: expected a time from now such as 1h or 30d, or seconds since 1970; found "1y".',
    ],
    'a time that has passed': [[...THUMBNAIL, '--expires', '86400'], '--expires: the time 86400 has passed.'],
    'a base with more to it': [
      [...THUMBNAIL, '--base', 'https://thumbs.example/?a=b'],
      '--base: expected a URL such as https://thumbs.example; found "https://thumbs.example/?a=b".',
    ],
    'a purge of one size': [
      [...THUMBNAIL, '--purge'],
      '--purge removes every size and format: leave out --size.',
    ],
    'an unknown option': [['--sise', '300'], "Unknown option '--sise'"],
    'no keys': [THUMBNAIL, 'SIGNING_KEYS is not set: give the keys of the service, as id:key,id:key.', ''],
    'a key that is too short': [
      THUMBNAIL,
      'SIGNING_KEYS cannot be used: key "k" is shorter than 32 bytes.',
      'k:c2VjcmV0',
    ],
  };
  for (const [what, [options, sentence, keys]] of Object.entries(faults)) {
    it(`refuses ${what} in one sentence`, () => {
      const { status, stdout, stderr } = run(options, keys);
      expect({ status, stdout, stderr }).to.deep.equal({
        status: 1,
        stdout: '',
        stderr: `sign-url: ${sentence}\n`,
      });
    });
  }

  function run(options: readonly string[], keys = KEYS) {
    const env = { PATH: process.env['PATH'] ?? '', SIGNING_KEYS: keys };
    return spawnSync(process.execPath, [SCRIPT, ...options], { env, encoding: 'utf8' });
  }
});

describe('docs/http-api.md', function () {
  const documentation = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8');
  const signatures = [...documentation.matchAll(/signature(?: of this request)? is\s+`([\w-]{43})`/g)].map(
    ([, signature = '']) => signature,
  );
  const vectors = [
    { method: 'GET', parameters: { url: 'https://example.com/photo.jpg', size: '300' } },
    { method: 'DELETE', parameters: { url: SOURCE } },
  ] as const;

  it('has test vectors that hold', () => {
    expect(signatures).to.have.length(vectors.length);
    const signing = { key: '2026', expires: '1900000000' };
    for (const [index, { method, parameters }] of vectors.entries()) {
      const signedText = textToSign(
        `${method} /thumbnail`,
        new URLSearchParams({ ...parameters, ...signing }),
      );
      const presented = { keyId: '2026', expires: 1_900_000_000, mac: signatures[index]!, signedText };
      verifySignature(presented, parseSigningKeys(KEYS), 0);
      expect(documentation).to.include(parameters.url);
      if (method === 'DELETE') expect(documentation.replaceAll(/\s+/g, ' ')).to.include(`\`${signedText}\``);
    }
  });

  /** How each language runs a program that it reads from its standard input, and calls `signed` there. */
  const languages: Readonly<Record<string, Language>> = {
    js: {
      command: [process.execPath, '--input-type=module'],
      program: (code, method, { url, size }) =>
        `${code}\nconsole.log(signed('${method}', ${JSON.stringify({ url, size })}, 1900000000));`,
    },
    python: {
      command: ['python3', '-'],
      program: (code, method, { url, size }) =>
        `${code}\nprint(signed('${method}', ${JSON.stringify({ url, size })}, 1900000000))`,
    },
    php: {
      command: ['php'],
      program: (code, method, { url, size }) =>
        `<?php\n${code}\necho signed('${method}', json_decode(<<<'J'\n${JSON.stringify({ url, size })}\nJ, true), 1900000000);`,
    },
    ruby: {
      command: ['ruby', '-'],
      program: (code, method, { url, size }) =>
        `require 'json'\n${code}\nputs signed('${method}', JSON.parse(<<'J'), 1900000000)\n${JSON.stringify({ url, size })}\nJ\n`,
    },
    go: {
      command: ['go'],
      wrapper: 'cat > "$folder/main.go" && go run "$folder/main.go"',
      program: (code, method, { url, size }) => {
        const values = Object.entries({ url, ...(size !== undefined && { size }) }).map(
          ([name, value]) => `${JSON.stringify(name)}: {${JSON.stringify(value)}}`,
        );
        const call = `signed("${method}", url.Values{${values.join(', ')}}, "1900000000")`;
        return `${code.replace('import (', 'import (\n"fmt"')}\nfunc main() { fmt.Println(${call}) }`;
      },
    },
    // Its lines are no commands to be looked up one by one, so that the documents do not call it `sh`.
    shell: {
      command: ['openssl'],
      wrapper: 'sh -eu',
      program: (code, method, { url, size }) => {
        const query = new URLSearchParams({ url, key: '2026', expires: '1900000000' });
        if (size !== undefined) query.set('size', size);
        query.sort();
        return code.replace(/query='.*'/, `query='${query.toString()}'`).replace('GET', method);
      },
    },
  };
  for (const [language, { command, wrapper, program }] of Object.entries(languages)) {
    const [executable] = command;
    const found = isInstalled(executable) || executable === process.execPath;
    it(`signs in ${language}${found ? '' : ` (skipped, not installed: ${executable})`}`, async function () {
      if (!found) this.skip();
      const folder = await mkdtemp(join(tmpdir(), 'sign-'));
      const [, code = ''] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(documentation) ?? [];
      for (const [index, { method, parameters }] of vectors.entries()) {
        const input = program(code, method, parameters);
        const [file, ...args] = wrapper === undefined ? command : (['sh', '-c', wrapper] as const);
        const env = { ...process.env, folder };
        const { stdout, stderr } = spawnSync(file, args, { input, env, encoding: 'utf8' });
        expect(stderr).to.equal('');
        const query = queryOf(stdout);
        expect(query.get('signature')).to.equal(signatures[index]);
        expect(query.get('url')).to.equal(parameters.url);
      }
      await rm(folder, { recursive: true });
    });
  }
});

interface Language {
  readonly command: readonly [string, ...string[]];
  /** A line of shell that runs it, where it takes no program from its standard input. */
  readonly wrapper?: string;
  readonly program: (code: string, method: string, parameters: Parameters) => string;
}

interface Parameters {
  readonly url: string;
  readonly size?: string;
}

function queryOf(address: string): URLSearchParams {
  return new URL(address.trim(), 'http://localhost').searchParams;
}
