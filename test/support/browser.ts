import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromiumOnPath, launchChromium } from '../../scripts/kit/chromium.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { describeUnless } from './describe-with.ts';

const CHROMIUM = chromiumOnPath();
/** A name that browsers do not trust as they do a loopback address. */
const HOST_RULES = '--host-resolver-rules=MAP plain.example 127.0.0.1';

/** A person's world: a browser, the service, and a place for images. */
export interface World {
  readonly browser: Browser;
  readonly service: RunningService;
  readonly origin: Origin;
}

/**
 * A suite in a real browser, skipped where there is none. What it is handed has its parts only once the tests run.
 *
 * @param options.environment of the service
 */
export function describeInBrowser(
  title: string,
  {
    environment,
    tests,
  }: { readonly environment?: Record<string, string>; readonly tests: (world: World) => void },
): void {
  describeUnless(CHROMIUM === undefined ? 'not installed: chromium' : undefined, title, () => {
    const running = new AsyncDisposableStack();
    const world = {} as { -readonly [Part in keyof World]: World[Part] };
    before(async () => {
      world.origin = running.use(await startOrigin());
      world.service = running.use(await RunningService.start(environment));
      world.browser = running.use(await launchChromium({ args: [HOST_RULES] }));
    });
    after(() => running.disposeAsync());
    tests(world);
  });
}

/** A page of its own at the first page of the service; its context ends with it. */
export async function visit(
  { browser, service }: World,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = watch(page, service.url);
  await page.goto(service.url);
  return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() };
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complains of (a policy that was broken, a script's error), and requests to any other host. */
  readonly complaints: readonly string[];
}

function watch(page: Page, ownUrl: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isComplaint = ['error', 'warning'].includes(message.type());
    // The browser notes each answer above 399, and so each page with a fault.
    if (isComplaint && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(ownUrl) && !url.startsWith('data:')) complaints.push(`request to ${url}`);
  });
  return complaints;
}

export async function fillIn(page: Page, url: string, size = '128'): Promise<void> {
  await page.getByLabel('Image URL').fill(url);
  await page.getByLabel('Thumbnail size (largest dim.)').selectOption(size);
}

/** Resolves with the status of the page that comes of it. */
export async function submitted(page: Page, submit: () => Promise<void>): Promise<number> {
  const answer = page.waitForResponse((response) => response.request().isNavigationRequest());
  await submit();
  const response = await answer;
  await page.waitForLoadState();
  return response.status();
}

/** Presses the form's own button. */
export function pressSubmit(page: Page): Promise<number> {
  return submitted(page, () => page.click('input[type=submit][value="Thumbnail it!"]'));
}

/** Of the thumbnail itself, once it has been decoded; evaluated by the driver, so also where JavaScript is off. */
export async function imageSize(page: Page): Promise<{ width: number; height: number }> {
  return page.locator('img#thumbnail').evaluate(async (element) => {
    const image = element as unknown as {
      decode(): Promise<void>;
      naturalWidth: number;
      naturalHeight: number;
    };
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  });
}

export async function scrollWidth(page: Page): Promise<number> {
  return page
    .locator('html')
    .evaluate((element) => (element as unknown as { scrollWidth: number }).scrollWidth);
}

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface AxeResults {
  readonly passes: readonly unknown[];
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe-core finds against WCAG 2.2 AA and its own best practices: rule and element. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Evaluated by the driver, which the page's security policy does not bind.
  await page.evaluate(axe.source);
  const { passes, violations } = await page.evaluate<AxeResults>(
    `axe.run({ runOnly: ${JSON.stringify(WCAG)} })`,
  );
  if (passes.length === 0) throw new Error('axe-core has looked at nothing');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
