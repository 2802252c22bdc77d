import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { signedThumbnailUrl, thumbnailUrl } from '../../src/client/url.ts';
import { readPage } from './markdown.ts';

const run = promisify(execFile);

const BASE = 'https://thumbs.example';
const KEY_ID = '2026';
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
/** Its characters are encoded differently from one library to the next. */
const URL = "https://example.com/~ann/a b*(1).jpg?x=1&y=ä+'";
const PARAMETERS = { width: 256, height: 128, fit: 'cover' };

/** A recipe in another language: what stands in for its framework, and a program that prints addresses, one a line. */
interface Recipe {
  readonly language: 'php' | 'python' | 'ruby';
  readonly program: string;
  /** @param signing `id:key`, or nothing for unsigned requests */
  readonly source: (code: string, signing: string | undefined) => string;
  /** What else it prints, with the addresses of `PARAMETERS` and of the width alone. */
  readonly others: (address: string, ofWidth: string) => readonly string[];
}

/** As each language writes it. */
const url = JSON.stringify(URL).replaceAll("'", String.raw`\u0027`);
const phpUrl = `'${URL.replaceAll("'", String.raw`\'`)}'`;

const RECIPES: Readonly<Record<string, Recipe>> = {
  wordpress: {
    language: 'php',
    program: 'php',
    source: (code, signing) =>
      `<?php
        ${signing === undefined ? '' : `define('THUMBNAILER_KEY', '${signing}');`}
        $filters = [];
        function add_filter($name, $filter) { global $filters; $filters[$name] = $filter; }
        function wp_get_attachment_url($id) { return ${phpUrl}; }
        function wp_get_attachment_metadata($id) { return ['width' => 1200, 'height' => 900]; }
        function wp_constrain_dimensions($width, $height, $maxWidth, $maxHeight) { return [256, 192]; }
        function wp_image_matches_ratio($width, $height, $targetWidth, $targetHeight) {
          return $width * $targetHeight === $height * $targetWidth;
        }
        function wp_get_registered_image_subsizes() {
          return ['card' => ['width' => 256, 'height' => 128, 'crop' => true], 'wide' => ['width' => 256, 'height' => 0, 'crop' => false]];
        }
        ${code.replace('<?php', '')}
        echo thumbnailer_url(${phpUrl}, ['width' => 256, 'height' => 128, 'fit' => 'cover']), "\\n";
        echo implode(' ', $filters['image_downsize'](false, 7, 'card')), "\\n";
        echo implode(' ', $filters['image_downsize'](false, 7, 'wide')), "\\n";
        echo json_encode($filters['image_downsize'](false, 7, 'unknown')), "\\n";
        $image = ['file' => '2026/11/a.jpg', 'width' => 1200, 'height' => 900];
        $srcset = fn ($src, $sides) => implode(' ', array_column(
          $filters['wp_calculate_image_srcset']([256 => ['url' => 'a.jpg'], 1200 => ['url' => 'b.jpg']], $sides, $src, $image, 7), 'url'));
        echo $srcset('${BASE}/thumbnail?url=a', [256, 192]), "\\n";
        echo $srcset('${BASE}/thumbnail?url=a', [256, 128]), "\\n";
        echo $srcset('https://example.com/a-1024x768.jpg', [1024, 768]), "\\n";
        $meta = $filters['wp_calculate_image_srcset_meta'];
        echo json_encode($meta($image, [256, 192], '${BASE}/thumbnail?url=a')), "\\n";
        echo $meta($image, [256, 192], 'https://example.com/a-1024x768.jpg')['file'], "\\n";`,
    others: (address, ofWidth) => [
      `${address} 256 128 1`,
      `${ofWidth} 256 192 1`,
      'false',
      `${ofWidth} ${URL}`,
      `${address} ${URL}`,
      `${ofWidth} b.jpg`,
      '{"file":"thumbnail","sizes":{"card":{"file":"thumbnail","width":256,"height":128},"wide":{"file":"thumbnail","width":256,"height":192}},"width":1200,"height":900}',
      '2026/11/a.jpg',
    ],
  },
  laravel: {
    language: 'php',
    program: 'php',
    source: (code, signing) =>
      `${code}
      function config($name) { return ['services.thumbnailer.url' => '${BASE}/', 'services.thumbnailer.key' => ${signing === undefined ? 'null' : `'${signing}'`}][$name]; }
      echo Thumbnail::url(${phpUrl}, ['width' => 256, 'height' => 128, 'fit' => 'cover']), "\\n";
      echo Thumbnail::srcset(${phpUrl}, [256, 256]), "\\n";`,
    others: (_address, ofWidth) => [`${ofWidth} 256w, ${ofWidth} 256w`],
  },
  rails: {
    language: 'ruby',
    program: 'ruby',
    source: (code, signing) => `${code}
      ENV['THUMBNAILER_URL'] = '${BASE}'
      ${signing === undefined ? '' : `ENV['THUMBNAILER_KEY'] = '${signing}'`}
      include ThumbnailHelper
      def image_tag(src, srcset:, sizes:, **attributes)
        [src, srcset.map { |pair| pair.join(' ') }.join(', '), sizes, attributes].join(' ')
      end
      puts thumbnail_url(${url}, width: 256, height: 128, fit: 'cover')
      puts thumbnail_tag(${url}, width: 256, widths: [256], alt: 'A lake')`,
    others: (_address, ofWidth) => [
      `${ofWidth} ${ofWidth} 256w 256px {:width=>256, :alt=>"A lake", :loading=>"lazy"}`,
    ],
  },
  django: {
    language: 'python',
    program: 'python3',
    source: (code, signing) => `
import sys, types
class Library:
    def simple_tag(self, function): return function
template = types.SimpleNamespace(Library=Library)
settings = types.SimpleNamespace(THUMBNAILER_URL='${BASE}'${signing === undefined ? '' : `, THUMBNAILER_KEY='${signing}'`})
sys.modules['django'] = types.ModuleType('django')
sys.modules['django'].template = template
sys.modules['django.conf'] = types.ModuleType('django.conf')
sys.modules['django.conf'].settings = settings
${code}
print(thumbnail(${url}, width=256, height=128, fit='cover'))
print(thumbnail_srcset(${url}, '256 256'))
`,
    others: (_address, ofWidth) => [`${ofWidth} 256w, ${ofWidth} 256w`],
  },
};
import { describeUnless, whyMissing } from '../support/describe-with.ts';

for (const [name, { language, program, source, others }] of Object.entries(RECIPES)) {
  describeUnless(whyMissing(program), `the recipe for ${name}`, () => {
    for (const signing of [undefined, `${KEY_ID}:${KEY}`]) {
      it(`gives ${signing === undefined ? 'unsigned' : 'signed'} URLs`, async function () {
        const page = readPage(`docs/recipes/${name}.md`);
        const code = page.fences.find((fence) => fence.language === language)?.text ?? '';
        const lines = await output(program, source(code, signing));
        const parameters = new globalThis.URL(lines[0] ?? '').searchParams;
        const expires = Number(parameters.get('expires') ?? 0);
        const addressOf = (asked: { readonly width: number }) =>
          signing === undefined
            ? Promise.resolve(thumbnailUrl(BASE, { url: URL, ...asked }))
            : signedThumbnailUrl(BASE, { url: URL, ...asked }, { keyId: KEY_ID, key: KEY, expires });
        const expected = [await addressOf(PARAMETERS), await addressOf({ width: PARAMETERS.width })] as const;
        expect(normal(lines)).to.deep.equal(normal([expected[0], ...others(...expected)]));
        if (signing === undefined) return;
        expect(expires % 86_400).to.equal(0);
        expect(expires - Date.now() / 1000).to.be.within(29 * 86_400, 30 * 86_400);
      });
    }
  });
}

/** What is signed is fixed to the letter; in what is not, some encode more than others. */
function normal(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.includes('signature=') ? line : line.replaceAll('~', '%7E').replaceAll('*', '%2A'),
  );
}

async function output(program: string, source: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'recipe-'));
  try {
    await writeFile(join(folder, 'program'), source);
    const { stdout } = await run(program, [join(folder, 'program')]);
    return stdout.trimEnd().split('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}
