import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../kit/chromium.ts';
import { fillForm, offeredSizes, watchButton } from './fill-form.ts';
import { UsageError } from './options.ts';
import type { Answer, Form } from './results.ts';

/** A form that got no thumbnail, and what the person was told. */
export interface Fault {
  readonly form: Form;
  readonly message: string;
}

export interface LaunchOptions {
  readonly count: number;
  /** The browser's program, where one is named. */
  readonly executablePath: string | undefined;
  /** The page with the form. */
  readonly formUrl: string;
}

/** So many browsers, each with processes, a profile and a cache of its own, and one tab. */
export class Browsers implements AsyncDisposable {
  readonly #browsers: Browser[] = [];
  readonly #pages: Page[] = [];
  readonly #formUrl: string;

  /**
   * One after another: together they would only get in each other's way.
   *
   * @throws UsageError where there is no browser, or no form
   */
  static async launch({ count, executablePath, formUrl }: LaunchOptions): Promise<Browsers> {
    await using stack = new AsyncDisposableStack();
    const browsers = stack.use(new Browsers(formUrl));
    for (let at = 0; at < count; at += 1) await browsers.#add(executablePath);
    stack.move();
    return browsers;
  }

  private constructor(formUrl: string) {
    this.#formUrl = formUrl;
  }

  get version(): string {
    return this.#browsers[0]?.version() ?? '';
  }

  /** @throws UsageError where there is no form */
  async sizes(): Promise<number[]> {
    const [page] = this.#pages;
    // Why there is no page is of less use than that there is none.
    const sizes = page === undefined ? [] : await offeredSizes(page, this.#formUrl).catch(() => []);
    if (sizes.length > 0) return sizes;
    throw new UsageError(`there is no form of a thumbnail service at ${this.#formUrl}.`);
  }

  /** Each browser takes the next form when it is done with one. An abort closes the browsers, and is no fault. */
  async fill(
    forms: readonly Form[],
    onDone: (outcome: Answer | Fault) => void,
    signal: AbortSignal,
  ): Promise<void> {
    // Shared: each takes the next one.
    const queue = forms.values();
    const work = async (page: Page) => {
      for (const form of queue) {
        const outcome = await fillForm(page, this.#formUrl, form).catch((error: unknown): Fault => {
          // The driver's messages go on with a log of what it tried.
          const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
          return { form, message };
        });
        if (signal.aborted) return;
        onDone(outcome);
      }
    };
    const close = () => void this[Symbol.asyncDispose]();
    signal.addEventListener('abort', close, { once: true });
    await Promise.all(this.#pages.map(work));
    signal.removeEventListener('abort', close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
  }

  async #add(executablePath: string | undefined): Promise<void> {
    // An interrupt is answered by the script: what was measured so far is written first.
    const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
    const program = executablePath === undefined ? {} : { executablePath };
    const browser = await launchChromium({ ...program, ...signals }).catch((error: unknown) => {
      const named =
        executablePath === undefined ? 'no Chromium was found' : `${executablePath} does not start`;
      throw new UsageError(`${named}: name Chromium with --chromium or CHROMIUM_PATH.`, { cause: error });
    });
    this.#browsers.push(browser);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await watchButton(context);
    this.#pages.push(await context.newPage());
  }
}
