import type { BrowserContext, Page, Request } from 'playwright-core';
import type { Answer, Form } from './results.ts';

/** The service gives up on a slow source long before. */
const PATIENCE_MS = 60_000;

const BUTTON = 'input[type=submit][value="Thumbnail it!"]';

/** Storage of the tab, which outlives the page that the button is on. */
const PRESSED_AT = 'benchmark-pressed-at';

/** Has every page note when its button is pressed: the moment of the click itself, not that of its handling. */
export async function watchButton(context: BrowserContext): Promise<void> {
  await context.addInitScript({
    content: `addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.matches('[type=submit]')) {
        sessionStorage.setItem('${PRESSED_AT}', String(performance.timeOrigin + event.timeStamp));
      }
    }, true);`,
  });
}

/** The sizes that the form offers, in pixels. */
export async function offeredSizes(page: Page, formUrl: string): Promise<number[]> {
  await page.goto(formUrl, { timeout: PATIENCE_MS });
  const options = await page.locator('#id_thumbnail_size option').all();
  const values = await Promise.all(options.map((option) => option.getAttribute('value')));
  return values.map(Number).filter((size) => Number.isInteger(size) && size > 0);
}

/**
 * Goes to the form, fills it in, presses the button and reads the result page.
 *
 * @throws Error with what the person was told, where there was no result page
 */
export async function fillForm(page: Page, formUrl: string, form: Form): Promise<Answer> {
  await page.goto(formUrl, { timeout: PATIENCE_MS });
  await page.fill('#id_image_url', form.url);
  await page.selectOption('#id_thumbnail_size', String(form.size));
  await Promise.all([nextPage(page), page.click(BUTTON, { noWaitAfter: true })]);
  if ((await page.locator('h3', { hasText: 'Thumbnail result' }).count()) === 0) {
    const said = (await textOf(page, '#error')) || (await textOf(page, 'h2')) || 'a page without a result';
    throw new Error(said.replaceAll(/\s+/g, ' '));
  }
  const { pressedAtMs, loadedAtMs } = await pageTimes(page);
  const cache = await textOf(page, '#cache-status');
  const measurement = {
    server: await textOf(page, '#server-name'),
    tserver: Number(await textOf(page, '#processing-time')),
    ttotal: Math.round(loadedAtMs - pressedAtMs),
    ...(cache !== '' && { cache }),
  };
  return { form, pressedAtMs, measurement };
}

/** Resolves when the next page is loaded; rejects where there is none. */
async function nextPage(page: Page): Promise<void> {
  const failure = Promise.withResolvers<never>();
  const onFailed = (request: Request) => {
    if (!request.isNavigationRequest()) return;
    failure.reject(new Error(`no answer: ${request.failure()?.errorText ?? 'the connection broke'}`));
  };
  page.on('requestfailed', onFailed);
  try {
    await Promise.race([page.waitForEvent('load', { timeout: PATIENCE_MS }), failure.promise]);
  } finally {
    page.off('requestfailed', onFailed);
  }
}

/**
 * A page's load event ends when its image is there too. Both moments are of one browser's clock: a page's `timeOrigin`
 * and what is counted from it are monotonic, so that setting the machine's clock meanwhile changes neither.
 */
async function pageTimes(page: Page): Promise<{ pressedAtMs: number; loadedAtMs: number }> {
  return page.evaluate(async (key) => {
    const [navigation] = performance.getEntriesByType('navigation' as 'node') as unknown as {
      loadEventEnd: number;
    }[];
    // The event is told of before it has ended.
    while (navigation?.loadEventEnd === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return {
      pressedAtMs: Number(sessionStorage.getItem(key)),
      loadedAtMs: performance.timeOrigin + (navigation?.loadEventEnd ?? NaN),
    };
  }, PRESSED_AT);
}

/** @returns an empty text where there is no such element */
async function textOf(page: Page, selector: string): Promise<string> {
  const [text = ''] = await page.locator(selector).allTextContents();
  return text.trim();
}
