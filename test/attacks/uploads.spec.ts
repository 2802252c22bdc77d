import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import sharp from 'sharp';
import {
  type Answer,
  ONE_PUBLIC_ADDRESS,
  answerOf,
  connectTo,
  expectNothingInternal,
  expectRefusal,
  expectUnharmed,
  peakMemory,
  receivedBy,
  watchHealth,
} from '../support/attack.ts';
import { firstThreadMs } from '../support/processor-time.ts';
import { photograph, plain } from '../../scripts/kit/images.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { BOUNDARY, IMAGE_PART, MULTIPART, beginPost, multipartOf } from '../support/uploads.ts';

const MIB = 1024 * 1024;
const TYPE = { 'Content-Type': 'application/octet-stream' };
const FIELD = 'Content-Disposition: form-data; name="thumbnail_size"';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><script>alert(1)</script></svg>';

type Part = readonly [head: string, body: string | Uint8Array];

describe('attacks by uploads', () => {
  let temporary: string;
  let service: RunningService;
  let png: Buffer;

  before(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'attacks-'));
    service = await start({ SOURCE_TIMEOUT: '1s' });
    png = await plain(30, 20, [9, 90, 200]).png().toBuffer();
  });
  afterEach(async () => {
    await expectUnharmed(service);
    expect(await readdir(temporary), 'temporary files').to.deep.equal([]);
    expect(await peakMemory(service), 'memory').to.be.below(400 * MIB);
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(temporary, { recursive: true });
  });

  /** As a task of 512 MiB has it, but for the size and the time, so that their limits are soon met. */
  const start = (settings: Record<string, string>) =>
    RunningService.start({
      ...ONE_PUBLIC_ADDRESS,
      TMPDIR: temporary,
      MEMORY_BUDGET: '204MiB',
      RESIZE_CONCURRENCY: '1',
      MAX_SOURCE_SIZE: '4MiB',
      DOWNLOAD_CONCURRENCY: '4',
      QUEUE_LIMIT: '4',
      ...settings,
    });
  const upload = async (
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = TYPE,
  ): Promise<Answer> =>
    answerOf(await fetch(`${service.url}/thumbnail?size=64`, { method: 'POST', body, headers }));
  const uploadForm = (...parts: Part[]) => upload(multipartOf(parts), MULTIPART);
  const submit = async (...parts: Part[]) =>
    answerOf(await fetch(service.url, { method: 'POST', body: multipartOf(parts), headers: MULTIPART }));

  it('line ends, each of which could begin a boundary', async () => {
    const health = watchHealth(service);
    const before = firstThreadMs(service.pid) ?? performance.now();
    for (const pattern of [
      '\r',
      '\r\n',
      '\r\n--',
      `\r\n--${BOUNDARY.slice(0, -1)}`,
      '\r'.repeat(20) + 'x'.repeat(300),
    ]) {
      const storm = pattern.repeat((3 * MIB) / pattern.length);
      expect((await uploadForm([IMAGE_PART, storm])).status, JSON.stringify(pattern)).to.be.oneOf([400, 422]);
      expect((await submit([FIELD, '64'], [IMAGE_PART, storm])).status).to.be.oneOf([400, 422]);
    }
    // Were each looked into, a body would take seconds.
    expect((firstThreadMs(service.pid) ?? performance.now()) - before).to.be.below(10_000);
    expect(await health.stop()).to.be.below(2000);
  });

  it('boundaries that stand for another kind of body', async () => {
    for (const boundary of ['json', 'octet-stream', 'urlencoded', 'x-json-x', "json'()+_,-./:=? json"]) {
      const headers = { 'Content-Type': `multipart/form-data; boundary="${boundary}"` };
      for (const body of ['{"image":{"__proto__":[1]}}', 'image=1&image=2', 'x'.repeat(MIB)]) {
        expectRefusal(await upload(body, headers), 400, 'invalid-request', boundary);
      }
      const form = multipartOf([[IMAGE_PART, png]])
        .toString('latin1')
        .replaceAll(BOUNDARY, boundary);
      expect((await upload(Buffer.from(form, 'latin1'), headers)).status, boundary).to.equal(200);
    }
    for (const boundary of ['', '""', '"', 'x'.repeat(71), '"\u00e9"', 'a b"', '\t']) {
      const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` };
      expectRefusal(await upload('x', headers), 400, 'invalid-request', boundary);
    }
  });

  it('heads of parts that are long, many, odd or malformed', async () => {
    const heads = [
      `X: ${'x'.repeat(3 * MIB)}`,
      'X: x\r\n'.repeat(100_000) + 'Y: y',
      `${'x'.repeat(MIB)}: y`,
      ': y',
      'no colon',
      'X: \0\x07',
      '',
      'Content-Disposition: form-data; name="__proto__"',
      'Content-Disposition: form-data; name="constructor"; filename="a"\r\nContent-Type: x',
      'Content-Disposition: form-data; name="toString"',
      'Content-Disposition: form-data',
      'Content-Disposition: attachment; filename="a.png"',
    ];
    // What comes of these names an image, whose content is none.
    const cut = [
      `Content-Disposition: form-data; name="image"; ${'filename="'.repeat(100_000)}`,
      `Content-Disposition: form-data; name="image"; ${'filename="a'.repeat(100)}`,
      `${IMAGE_PART}\r\n${'X: '.repeat(1000)}`,
      `${IMAGE_PART}\r\n${'X: x\r\n'.repeat(100_000)}Y: y`,
      `${IMAGE_PART}\r\nContent-Transfer-Encoding: x-unheard-of`,
    ];
    for (const [status, head] of [
      ...heads.map((head) => [400, head] as const),
      ...cut.map((head) => [422, head] as const),
    ]) {
      const code = status === 400 ? 'invalid-request' : 'unsupported-image';
      expectRefusal(await uploadForm([head, 'x']), status, code, head.slice(0, 60));
      const page = await submit([FIELD, '64'], [head, 'x']);
      expect(page.status, head.slice(0, 60)).to.equal(status);
      expectNothingInternal(page.body.toString());
    }
  });

  it('encodings of parts, known and unknown', async () => {
    for (const encoding of ['7bit', '8bit', 'binary', 'utf-8', 'base64', 'quoted-printable', 'x', '']) {
      const field = `${FIELD}\r\nContent-Transfer-Encoding: ${encoding}`;
      const image = `${IMAGE_PART}\r\nContent-Transfer-Encoding: ${encoding}`;
      expect((await submit([field, '64'], [image, png])).status, encoding).to.be.oneOf([200, 400, 422]);
    }
  });

  it('parts without number, without end, within one another, and empty ones', async () => {
    const many = Array.from({ length: 10_000 }, (): Part => [FIELD, '64']);
    const files = Array.from({ length: 10_000 }, (): Part => [IMAGE_PART, 'x']);
    const empty = Array.from({ length: 10_000 }, (): Part => [IMAGE_PART.replace('a.png', ''), '']);
    for (const parts of [many, files, empty, [...empty.slice(0, 20), ...files.slice(0, 2)]]) {
      expectRefusal(await uploadForm(...parts), 400, 'invalid-request');
      expect((await submit(...parts)).status).to.equal(400);
    }
    const inner = multipartOf([[IMAGE_PART, png]])
      .toString('latin1')
      .replaceAll(BOUNDARY, 'another');
    const nested = multipartOf([[IMAGE_PART, Buffer.from(inner, 'latin1')]]);
    expectRefusal(await upload(nested, MULTIPART), 422, 'unsupported-image');
    // By RFC 2046 a head that a boundary follows is a part of its own, with nothing in it.
    const nestedInItself = multipartOf([[IMAGE_PART, multipartOf([[IMAGE_PART, png]])]]);
    expect((await upload(nestedInItself, MULTIPART)).status).to.equal(200);
    expect((await upload(multipartOf([[IMAGE_PART, png]]).subarray(0, -20), MULTIPART)).status).to.equal(400);
    expect((await upload(`--${BOUNDARY}--\r\n${'x'.repeat(MIB)}`, MULTIPART)).status).to.equal(400);
    expect((await upload('x'.repeat(3 * MIB), MULTIPART)).status).to.equal(400);
  });

  it('file names that are meant for a path, a page or a log', async () => {
    const names = [
      '../../../tmp/x',
      '/etc/passwd',
      'C:\\x',
      'a\0.png',
      '%2e%2e%2fx',
      '"><script>alert(1)</script>',
      '\u202e\u0007',
      '.',
      '..',
    ];
    for (const name of names) {
      const head = `Content-Disposition: form-data; name="image"; filename="${name}"\r\nContent-Type: image/png`;
      const page = await submit([FIELD, '64'], [head, png]);
      expect(page.status, name).to.be.oneOf([200, 400]);
      expect(page.body.toString(), name).to.not.match(/<script>|etc\/passwd|\.\.\/|\0|\u202e/);
    }
    expect(JSON.stringify(await service.logUntilNow())).to.not.match(/passwd|script|a\.png/);
  });

  it('lies about the length, compression, and types that promise something else', async () => {
    const image = gzipSync(png);
    for (const encoding of ['gzip', 'br', 'deflate', 'identity, gzip', 'x']) {
      for (const type of [TYPE, MULTIPART]) {
        const answer = await upload(image, { ...type, 'Content-Encoding': encoding });
        expectRefusal(answer, 415, 'unsupported-media-type', encoding);
      }
    }
    expectRefusal(await upload(image, { 'Content-Type': 'image/png' }), 422, 'unsupported-image', 'gzip');
    for (const type of ['image/png', 'image/svg+xml']) {
      const drawn = await upload(SVG, { 'Content-Type': type });
      expect(drawn.status, type).to.equal(200);
      expect(drawn.headers.get('content-type'), type).to.be.oneOf(['image/png', 'image/webp']);
    }
    expect((await upload(png, { 'Content-Type': 'image/svg+xml' })).status).to.equal(200);
    for (const type of [
      'text/html',
      'image',
      'image/',
      '*/*',
      'multipart/related; boundary=x',
      'application/json',
      ';',
    ]) {
      expect((await upload(png, { 'Content-Type': type })).status, type).to.equal(415);
    }
    const socket = await connectTo(service);
    const received = receivedBy(socket);
    socket.end(
      `POST /thumbnail?size=64 HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(500)}`,
    );
    expect(await received).to.not.include('HTTP/1.1 200');
  });

  it('images that are something else besides, or more than they seem', async () => {
    const photo = await photograph({ width: 300, height: 200 })
      .jpeg()
      .withExif({ IFD0: { Copyright: '<script>alert(1)</script>' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .toBuffer();
    const gif = await plain(30, 20, [1, 2, 3]).gif().toBuffer();
    const hostile = '<script>alert(document.domain)</script>PK--<?php system($_GET[1]); ?>';
    for (const image of [photo, gif, png].map((file) => Buffer.concat([file, Buffer.from(hostile)]))) {
      const answer = await upload(image);
      expect(answer.status).to.equal(200);
      expect(answer.body.toString('latin1')).to.not.match(/script|PK--|<\?php/);
      expect((await sharp(answer.body).metadata()).exif).to.equal(undefined);
      expect(answer.headers.get('content-security-policy')).to.match(/default-src 'none'; sandbox/);
      expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
    }
    const bomb = await plain(5000, 5000, [200, 200, 200]).avif({ effort: 0 }).toBuffer();
    expectRefusal(await upload(bomb), 422, 'image-too-large');
    expect((await submit([FIELD, '64'], [IMAGE_PART, bomb])).status).to.equal(422);
  });

  it('a page of another site uploads nothing, and learns nothing', async () => {
    const headers = { ...TYPE, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    const answer = await upload(png, headers);
    expectRefusal(answer, 403, 'origin-not-allowed');
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    const asking = { ...headers, 'Access-Control-Request-Method': 'POST' };
    const preflight = await fetch(`${service.url}/thumbnail?size=64`, { method: 'OPTIONS', headers: asking });
    expect(preflight.headers.get('access-control-allow-origin')).to.equal(null);
  });

  it('bodies that never come, drip, or break off keep nobody out for longer than their time', async () => {
    const health = watchHealth(service);
    const announced = { ...TYPE, 'Content-Length': 4 * MIB };
    const begun = Array.from({ length: 20 }, () => beginPost(`${service.url}/thumbnail?size=64`, announced));
    const drip = setInterval(() => begun.forEach(({ request }) => request.write('x')), 50);
    // A drop that meets the connection as it closes may hide the answer.
    const statuses = await Promise.all(
      begun.map(({ answer }) => answer.then(({ status }) => status).catch(() => 'closed')),
    ).finally(() => clearInterval(drip));
    expect(statuses).to.include.members([408, 503]);
    for (const status of statuses) expect(status).to.be.oneOf([408, 503, 'closed']);
    for (const { request } of begun) request.destroy();

    for (let round = 0; round < 10; round += 1) {
      const { request } = beginPost(service.url, { ...MULTIPART, 'Content-Length': 2 * MIB });
      request.write(multipartOf([[IMAGE_PART, 'x'.repeat(50_000)]]).subarray(0, -100));
      await sleep(10);
      request.destroy();
    }
    expect((await upload(png)).status).to.equal(200);
    expect(await health.stop()).to.be.below(2000);
  });

  it('many large images at once, in the memory of a small task', async () => {
    const photo = await photograph({ width: 1150, height: 750 }).png({ compressionLevel: 1 }).toBuffer();
    expect(photo.length).to.be.within(2 * MIB, 4 * MIB);
    // All of them are sent by this process: some of them slowly.
    await using patient = await start({ SOURCE_TIMEOUT: '10s' });
    const post = async (body: Buffer, headers: Record<string, string>) =>
      answerOf(await fetch(`${patient.url}/thumbnail?size=64`, { method: 'POST', body, headers }));
    const health = watchHealth(patient);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => {
        const image = Buffer.concat([photo, Buffer.from(`${at}`)]);
        return at % 2 === 0 ? post(image, TYPE) : post(multipartOf([[IMAGE_PART, image]]), MULTIPART);
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200, 503]));
    for (const { status, headers } of answers) {
      if (status === 503) expect(Number(headers.get('retry-after'))).to.be.above(0);
    }
    expect(await health.stop()).to.be.below(3000);
    expect(await peakMemory(patient), 'memory').to.be.below(400 * MIB);
  });
});
