import { expect } from 'chai';
import { DELIVERY_NAMES } from '../../src/domain/request/delivery.ts';
import { OPTION_NAMES } from '../../src/domain/request/options.ts';
import { DEFAULT_LIMITS } from '../../scripts/kit/spec.ts';
import { parseOptions } from '../../src/domain/request/request-options.ts';
import { fromImgproxy } from '../../src/cli/translate/imgproxy.ts';
import { fromThumbor } from '../../src/cli/translate/thumbor.ts';
import { type Translated, UntranslatableError } from '../../src/cli/translate/translated.ts';
import { thumbnailer } from './run.ts';

const PHOTO = 'https://example.com/photo.jpg';
const ENCODED = Buffer.from(PHOTO).toString('base64url');

/** An address of the other service, and what it asks for here. */
type Cases = Readonly<Record<string, Readonly<Record<string, string>>>>;

const IMGPROXY: Cases = {
  [`/sig/rs:fit:300:200/plain/${PHOTO}`]: { width: '300', height: '200', fit: 'inside' },
  [`/insecure/rs:fill:300:200:0/g:sm/plain/${PHOTO}@webp`]: {
    width: '300',
    height: '200',
    fit: 'cover',
    position: 'attention',
    format: 'webp',
  },
  [`/sig/resize:fill-down:300:200/plain/${PHOTO}`]: {
    width: '300',
    height: '200',
    fit: 'cover',
    position: 'center',
  },
  [`/sig/s:300/dpr:2/q:70/${ENCODED}.avif`]: { width: '300', dpr: '2', quality: '70', format: 'avif' },
  [`/sig/w:0/h:90/${ENCODED.slice(0, 10)}/${ENCODED.slice(10)}`]: { height: '90' },
  [`/sig/rs:fit:300:300:0:1/bg:255:0:128/plain/${PHOTO}`]: {
    width: '300',
    height: '300',
    fit: 'contain',
    background: 'ff0080',
  },
  [`/sig/rs::300:200/bg:ffcc00/g:ce:0:0/plain/${PHOTO}`]: {
    width: '300',
    height: '200',
    fit: 'inside',
    background: 'ffcc00',
    position: 'center',
  },
  [`/sig/rt:fill/g:fp:0.5:0.25/w:10/h:20/plain/${PHOTO}`]: {
    width: '10',
    height: '20',
    fit: 'cover',
    position: '0.5,0.25',
  },
  [`/sig/pr:card/att:1/fn:lake/exp:1900000000/cb:7/plain/${encodeURIComponent(PHOTO)}`]: {
    preset: 'card',
    download: 'true',
    filename: 'lake',
  },
};

const THUMBOR: Cases = {
  '/unsafe/300x200/example.com/photo.jpg': {
    width: '300',
    height: '200',
    fit: 'cover',
    position: 'center',
  },
  [`/hash=/300x200/smart/${PHOTO}`]: { width: '300', height: '200', fit: 'cover', position: 'attention' },
  [`/unsafe/300x200/left/top/${PHOTO}`]: {
    width: '300',
    height: '200',
    fit: 'cover',
    position: 'top-left',
  },
  [`/unsafe/300x200/right/middle/${PHOTO}`]: {
    width: '300',
    height: '200',
    fit: 'cover',
    position: 'right',
  },
  [`/unsafe/fit-in/300x200/filters:quality(70):format(webp):strip_icc()/${PHOTO}`]: {
    width: '300',
    height: '200',
    quality: '70',
    format: 'webp',
  },
  [`/unsafe/fit-in/300x200/filters:fill(ffcc00)/${encodeURIComponent(PHOTO)}`]: {
    width: '300',
    height: '200',
    fit: 'contain',
    background: 'ffcc00',
  },
  [`/unsafe/300x0/${PHOTO}`]: { width: '300' },
  [`/unsafe/x200/${PHOTO}`]: { height: '200' },
};

const SERVICES = {
  imgproxy: {
    read: fromImgproxy,
    cases: IMGPROXY,
    impossible: [
      `/sig/rs:force:300:200/plain/${PHOTO}`,
      `/sig/rs:fit:300:200:1/plain/${PHOTO}`,
      `/sig/s:300/blur:5/plain/${PHOTO}`,
      `/sig/s:300/constructor:5/plain/${PHOTO}`,
      `/sig/s:300/wm:1:ce/plain/${PHOTO}`,
      `/sig/s:300/g:no:10:10/plain/${PHOTO}`,
      `/sig/s:abc/plain/${PHOTO}`,
      '/sig/s:300/plain/gs://bucket/photo.jpg',
      '/sig/s:300/enc/AAAA',
      '/sig/s:300/plain/https%3A%2F%2Fexample.com%2F%zz.jpg',
    ],
  },
  thumbor: {
    read: fromThumbor,
    cases: THUMBOR,
    impossible: [
      `/unsafe/${PHOTO}`,
      `/unsafe/0x0/${PHOTO}`,
      `/unsafe/-300x200/${PHOTO}`,
      `/unsafe/meta/300x200/${PHOTO}`,
      `/unsafe/10x10:90x90/300x200/${PHOTO}`,
      `/unsafe/full-fit-in/300x200/${PHOTO}`,
      `/unsafe/300x200/filters:blur(7)/${PHOTO}`,
    ],
  },
};

for (const [name, { read, cases, impossible }] of Object.entries(SERVICES)) {
  describe(`a URL of ${name}`, () => {
    for (const [address, parameters] of Object.entries(cases)) {
      it(`is translated: ${address}`, () => {
        const translated = read(address);
        expect(translated).to.deep.equal({ ...parameters, url: PHOTO });
        expectUsable(translated);
      });
    }

    it('may lead into a bucket or a folder', () => {
      const of = (source: string) =>
        read(name === 'imgproxy' ? `/sig/s:300/plain/${source}` : `/unsafe/300x0/${source}`);
      expect(of('s3://bucket/a/b.jpg').url).to.equal('s3://bucket/a/b.jpg');
      expect(of('local:///a/b.jpg').url).to.equal('/a/b.jpg');
    });

    it('is refused where it asks for something that is not to be had here', () => {
      for (const address of impossible) expect(() => read(address), address).to.throw(UntranslatableError);
    });
  });
}

describe('thumbnailer translate', () => {
  const base = ['--base', 'https://thumbs.example/img'];

  it('prints a URL for each line', () => {
    const input = Buffer.from(
      `https://old.example${Object.keys(IMGPROXY)[0]}\n\n${Object.keys(IMGPROXY)[1]}\n`,
    );
    const { stdout, stderr, status } = thumbnailer(['translate', '--from', 'imgproxy', ...base], { input });
    expect([stderr, status]).to.deep.equal(['', 0]);
    const urls = stdout
      .trim()
      .split('\n')
      .map((line) => new URL(line));
    expect(urls.map(({ pathname }) => pathname)).to.deep.equal(['/img/thumbnail', '/img/thumbnail']);
    expect(urls[0]!.searchParams.get('width')).to.equal('300');
  });

  it('signs where it has keys', () => {
    const env = { SIGNING_KEYS: `k1:${Buffer.alloc(32, 'key').toString('base64url')}` };
    const args = ['translate', '--from', 'thumbor', `/unsafe/301x200/${PHOTO}`, ...base];
    const { stdout } = thumbnailer(args, { env });
    const { searchParams } = new URL(stdout.trim());
    expect(searchParams.get('key')).to.equal('k1');
    expect(searchParams.get('signature')).to.match(/^[\w-]{43}$/);
    const unsigned = thumbnailer(args, { env: { SIGNING_KEYS: '' } });
    expect(unsigned.stdout)
      .to.match(/^https:\/\/thumbs\.example\/img\/thumbnail\?/)
      .and.not.include('key=');
  });

  for (const [from, address, sentence] of [
    ['imgproxy', `/sig/w:30/plain/${PHOTO}@ico`, /: format must be /],
    ['imgproxy', `/sig/w:30/dpr:1.25/plain/${PHOTO}`, /: dpr must be /],
    ['imgproxy', `/sig/w:30/bg:300:0:0/plain/${PHOTO}`, /: background must be /],
    ['imgproxy', `/sig/w:30/fn:/plain/${PHOTO}`, /: filename /],
    ['imgproxy', `/sig/plain/${PHOTO}`, /: it has no size/],
    ['thumbor', `/unsafe/30x20/filters:quality(101)/${PHOTO}`, /: quality must be /],
    [
      'thumbor',
      `/unsafe/30x20/filters:watermark(https://x.example/a.png,0,0)/${PHOTO}`,
      /: there is no filter watermark/,
    ],
  ] as const) {
    it(`leaves out what this service would refuse: ${address}`, () => {
      const { stdout, stderr, status } = thumbnailer(['translate', '--from', from, address, ...base]);
      expect(stdout).to.equal('');
      expect(stderr).to.match(sentence);
      expect(status).to.equal(1);
    });
  }

  it('says what it could not translate, and goes on', () => {
    const args = ['translate', '--from', 'imagor', `/unsafe/${PHOTO}`, `/unsafe/30x20/${PHOTO}`, ...base];
    const { stdout, stderr, status } = thumbnailer(args);
    expect(status).to.equal(1);
    expect(stdout.trim().split('\n')).to.have.length(1);
    expect(stderr).to.equal(
      `thumbnailer translate: /unsafe/${PHOTO}: it has no size, and a thumbnail needs one\n`,
    );
    expect(thumbnailer(['translate', '/unsafe/']).stderr).to.include('--from: expected imgproxy, thumbor');
    // Lines of a log are whatever somebody has asked for.
    const steering = thumbnailer([
      'translate',
      '--from',
      'imagor',
      '/unsafe/\u001b[2J\u001b]0;title\u0007x\ry',
    ]);
    expect(steering.stderr)
      .to.match(/^thumbnailer translate: \/unsafe\/x y: /)
      .and.not.match(/\p{Cc}(?!$)/u);
  });
});

/** Every parameter is one that the service takes. */
function expectUsable(translated: Translated): void {
  const options = Object.entries(translated).filter(([name]) => !['url', ...DELIVERY_NAMES].includes(name));
  expect(OPTION_NAMES).to.include.members(options.map(([name]) => name));
  // A preset is the operator's.
  if (!('preset' in translated)) parseOptions(Object.fromEntries(options), DEFAULT_LIMITS);
}
