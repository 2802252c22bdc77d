/**
 * Takes the picture of the README from the real service: `node scripts/take-screenshots.ts`. It needs chromium, and port
 * 8000 to be free, so that the picture shows the address that a newcomer sees.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import sharp from 'sharp';
import { argumentsOf } from './kit/arguments.ts';
import { launchChromium } from './kit/chromium.ts';
import { RunningService } from './kit/running-service.ts';

const TARGET = new URL('../docs/images/form-and-result.png', import.meta.url);
/** Device pixels for one of the page: so many that it is sharp where it is shown smaller. */
const SCALE = 1.25;
const HEIGHT = 1130;
/** Page pixels: the form on a phone, the result on a desk, and what is left between and around them. */
const PHONE = 376;
const DESK = 880;
const GAP = 12;

const ADDRESS = 'http://localhost:8000/';

argumentsOf(import.meta.filename, {});
await using _service = await RunningService.start({ PORT: '8000' });
await using browser = await launchChromium();

const form = await shoot({ viewport: { width: PHONE, height: HEIGHT }, colorScheme: 'dark' });
const result = await shoot({ viewport: { width: DESK, height: HEIGHT }, colorScheme: 'light' }, 'Lake');
await mkdir(new URL('.', TARGET), { recursive: true });
const [width, height] = [PHONE + GAP + DESK, HEIGHT].map((length) => Math.round(length * SCALE)) as [
  number,
  number,
];
await sharp({ create: { width, height, channels: 4, background: '#0000' } })
  .composite([
    { input: form, left: 0, top: 0 },
    { input: result, left: Math.round((PHONE + GAP) * SCALE), top: 0 },
  ])
  .png({ palette: true, colours: 256, effort: 10 })
  .toFile(fileURLToPath(TARGET));

/** The first page, or what comes of one of its samples. */
async function shoot(options: BrowserContextOptions, sample?: string): Promise<Buffer> {
  await using context = await browser.newContext({ ...options, deviceScaleFactor: SCALE });
  const page = await context.newPage();
  await page.goto(ADDRESS);
  if (sample !== undefined) {
    await page.selectOption('#id_thumbnail_size', '256');
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: sample }).click()]);
  }
  return await page.screenshot();
}
