/**
 * Draws the sample images of the first page, and their previews: `node scripts/make-samples.ts`. The same drawing gives
 * the same pixels on any machine; the bytes depend on the version of the encoders.
 */
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';

const FOLDER = new URL('../src/http/pages/public/samples/', import.meta.url);
/** Width of a preview in pixels: twice what the page shows, for sharp screens. */
const PREVIEW = 208;

async function main(): Promise<void> {
  await save('lake.jpg', (await lake()).jpeg({ quality: 80, progressive: true, mozjpeg: true }));
  await save('balloon.png', balloon().png({ palette: true, colours: 192, effort: 10 }));
  await save('waves.gif', (await waves()).gif({ colours: 128, dither: 0, effort: 10, delay: 70, loop: 0 }));
}

async function save(name: string, image: Sharp): Promise<void> {
  await image.toFile(fileURLToPath(new URL(name, FOLDER)));
  const preview = sharp(await image.toBuffer()).resize(PREVIEW, Math.round((PREVIEW * 2) / 3), {
    fit: name === 'balloon.png' ? 'contain' : 'cover',
    background: '#0000',
  });
  await preview
    .webp({ quality: 60, alphaQuality: 80, effort: 6 })
    .toFile(fileURLToPath(new URL(previewOf(name), FOLDER)));
}

function previewOf(name: string): string {
  return name.replace(/\.\w+$/, '-preview.webp');
}

/** Ridges in the mist over a lake that mirrors them, with the grain of a film. */
async function lake(): Promise<Sharp> {
  const [width, height, shore] = [1680, 1120, 640];
  const haze = ['#b9b6c9', '#9b9db8', '#7a83a3', '#566788', '#33486a', '#1b2f4c'];
  const ridges = haze.map((colour, at) => {
    const points = ridge(width, {
      base: 350 + at * 56,
      height: 140 - at * 12,
      seed: at * 7.3 + 2,
      rough: 4 + at,
    });
    return `<path d="M0 ${shore}L${points}L${width} ${shore}Z" fill="${colour}"/>
      <rect y="${shore - 150 + at * 22}" width="${width}" height="${150 - at * 22}" fill="url(#mist)"/>`;
  });
  const land = drawn(
    width,
    shore,
    `
    <linearGradient id="sky" x2="0" y2="1"><stop stop-color="#40679e"/><stop offset=".42" stop-color="#c4a9bf"/><stop offset=".66" stop-color="#ffd9ae"/></linearGradient>
    <radialGradient id="sun" gradientUnits="userSpaceOnUse" cx="1000" cy="180" r="720"><stop stop-color="#fffbe6"/><stop offset=".07" stop-color="#fff0c9"/><stop offset=".085" stop-color="#ffd79f" stop-opacity=".75"/><stop offset="1" stop-color="#ffb98a" stop-opacity="0"/></radialGradient>
    <linearGradient id="mist" x2="0" y2="1"><stop stop-color="#ffe9d2" stop-opacity="0"/><stop offset="1" stop-color="#ffe9d2" stop-opacity=".5"/></linearGradient>
    <rect width="100%" height="100%" fill="url(#sky)"/><rect width="100%" height="100%" fill="url(#sun)"/>${ridges.join('')}`,
  );
  const above = await land.png().toBuffer();
  const mirrored = sharp(above)
    .flip()
    .resize(width, height - shore, { fit: 'fill' })
    .blur(4)
    .modulate({ brightness: 0.82 });
  const ripples = Array.from({ length: 150 }, (_, at) => {
    const depth = (at + 1) / 150;
    const [x, span] = [hash(at) * width, 40 + 460 * depth * hash(at + 999)];
    return `<ellipse cx="${x}" cy="${depth ** 1.7 * (height - shore)}" rx="${span}" ry="${0.6 + 3 * depth}" fill="${at % 3 === 0 ? '#142a48' : '#ffe6c8'}" opacity="${0.05 + 0.12 * hash(at + 77)}"/>`;
  });
  const surface = await drawn(width, height - shore, ripples.join(''))
    .png()
    .toBuffer();
  const layers = [
    { input: above, top: 0, left: 0 },
    { input: await mirrored.png().toBuffer(), top: shore, left: 0 },
    { input: surface, top: shore, left: 0 },
  ];
  const flat = await sharp({ create: { width, height, channels: 3, background: '#000' } })
    .composite(layers)
    .removeAlpha()
    .raw()
    .toBuffer();
  const grained = flat.map((sample, at) =>
    clamp(sample + (hash(Math.floor(at / 3)) + hash(at + 0.5) - 1) * 14),
  );
  return sharp(grained, { raw: { width, height, channels: 3 } });
}

/** A hot-air balloon before nothing at all. */
function balloon(): Sharp {
  const colours = ['#f2b84b', '#e2725b', '#2f6f73', '#f4e3c1'];
  const gores = Array.from({ length: 8 }, (_, at) => {
    const reach = 300 * Math.cos((at * Math.PI) / 8);
    return `<path d="M400 60C${400 + reach * 1.36} 60 ${400 + reach * 1.36} 470 ${400 + reach * 0.2} 700L${400 - reach * 0.2} 700C${400 - reach * 1.36} 470 ${400 - reach * 1.36} 60 400 60Z" fill="${colours[at % 4] ?? ''}"/>`;
  }).slice(0, 4);
  return drawn(
    800,
    960,
    `
    <radialGradient id="shade" cx=".34" cy=".3" r=".8"><stop stop-color="#fff" stop-opacity=".42"/><stop offset=".45" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#10233b" stop-opacity=".5"/></radialGradient>
    ${gores.join('')}
    <path d="M400 60C808 60 808 470 460 700L340 700C-8 470 -8 60 400 60Z" fill="url(#shade)"/>
    <path d="M342 706L366 812M458 706L434 812M385 706L388 812M415 706L412 812" stroke="#5b4632" stroke-width="4"/>
    <path d="M340 700h120v14h-120z" fill="#5b4632"/>
    <path d="M356 808h88l-8 76q-2 14-16 14h-40q-14 0-16-14z" fill="#9a6b3f"/><path d="M356 808h88l-2 18h-84z" fill="#7a5230"/>
    <path d="M362 846h76M366 868h68" stroke="#7a5230" stroke-width="4"/>`,
  );
}

/** Four rows of waves, which come round after as many frames as there are. */
async function waves(): Promise<Sharp> {
  const [size, frames] = [320, 16];
  const rows = ['#7cc6c3', '#3f9aa6', '#21708a', '#134a68'];
  const pictures = Array.from({ length: frames }, (_, frame) => {
    const paths = rows.map((colour, row) => {
      const points = Array.from({ length: 33 }, (_, step) => {
        const turn = (step / 32) * (2 - (row % 2)) + ((row % 2 ? -1 : 1) * frame) / frames;
        return `${step * 10} ${150 + row * 42 + Math.sin(2 * Math.PI * turn) * (20 - row * 2)}`;
      });
      return `<path d="M0 ${size}L${points.join('L')}L${size} ${size}Z" fill="${colour}"/>`;
    });
    const bob = 104 + 6 * Math.sin((2 * Math.PI * frame) / frames);
    return drawn(
      size,
      size,
      `<rect width="100%" height="100%" fill="#fdebd0"/><circle cx="214" cy="${bob}" r="52" fill="#f2955b"/>${paths.join('')}`,
    )
      .png()
      .toBuffer();
  });
  return sharp(await Promise.all(pictures), { join: { animated: true } });
}

function drawn(width: number, height: number, content: string): Sharp {
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`,
    ),
  );
}

function ridge(
  width: number,
  { base, height, seed, rough }: { base: number; height: number; seed: number; rough: number },
): string {
  const points = Array.from({ length: width / 4 + 1 }, (_, step) => {
    const x = (step * 4) / width;
    let y = 0;
    for (let octave = 1, part = 1; octave <= 6; octave += 1, part /= 2.1) {
      y += part * Math.abs(Math.sin(x * rough * 0.55 * 2 ** (octave - 1) + seed * octave));
    }
    return `${step * 4} ${(base - height * (y - 0.6)).toFixed(1)}`;
  });
  return points.join('L');
}

/** A number from 0 to 1 that looks like chance and is not. */
function hash(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43758.5453;
  return value - Math.floor(value);
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

await main();
