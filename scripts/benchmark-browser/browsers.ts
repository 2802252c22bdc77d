import { type Browser, type Page, chromium } from 'playwright-core';
import { fillForm, offeredSizes, watchButton } from './fill-form.ts';
import type { Form } from './form.ts';
import { UsageError } from './options.ts';
import type { Answer, Measurement } from './results.ts';

const ARGUMENTS = [
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export interface Fault {
  readonly form: Form;
  /** What the person was told. */
  readonly message: string;
}

export interface LaunchOptions {
  readonly count: number;
  /** The browser's program. */
  readonly executablePath: string;
  /** The page with the form. */
  readonly formUrl: string;
}

export interface RunObserver {
  answered(measurement: Measurement): void;
  failed(fault: Fault): void;
}

/** So many browsers, each with processes, a profile and a cache of its own, and one tab. */
export class Browsers implements AsyncDisposable {
  readonly #browsers: readonly Browser[];
  readonly #pages: readonly Page[];
  readonly #formUrl: string;

  /** One after another: together they would only get in each other's way. */
  static async launch({ count, executablePath, formUrl }: LaunchOptions): Promise<Browsers> {
    await using launched = new AsyncDisposableStack();
    const browsers: Browser[] = [];
    const pages: Page[] = [];
    for (let at = 0; at < count; at += 1) {
      const browser = launched.use(await launchOne(executablePath));
      browsers.push(browser);
      pages.push(await newTab(browser));
    }
    launched.move();
    return new Browsers(browsers, pages, formUrl);
  }

  private constructor(browsers: readonly Browser[], pages: readonly Page[], formUrl: string) {
    this.#browsers = browsers;
    this.#pages = pages;
    this.#formUrl = formUrl;
  }

  get version(): string {
    return this.#browsers[0]?.version() ?? '';
  }

  /** @throws UsageError where there is no form */
  async sizes(): Promise<number[]> {
    const [page] = this.#pages;
    const sizes = page === undefined ? [] : await offeredSizes(page, this.#formUrl).catch(noSizes);
    if (sizes.length > 0) return sizes;
    throw new UsageError(`there is no form of a thumbnail service at ${this.#formUrl}.`);
  }

  /** Each browser takes the next form when it is done with one. An abort closes the browsers, and is no fault. */
  async fill(forms: readonly Form[], observer: RunObserver, signal: AbortSignal): Promise<Answer[]> {
    const answers: Answer[] = [];
    // Shared: each takes the next one.
    const queue = forms.values();
    const isOver = () => signal.aborted;
    const close = () => void this[Symbol.asyncDispose]();
    const work = async (page: Page) => {
      for (const form of queue) {
        if (isOver()) return;
        try {
          const answer = await fillForm(page, this.#formUrl, form);
          answers.push(answer);
          observer.answered(answer.measurement);
        } catch (error) {
          if (!isOver()) observer.failed({ form, message: firstLine(error) });
        }
      }
    };
    signal.addEventListener('abort', close, { once: true });
    try {
      await Promise.all(this.#pages.map(work));
    } finally {
      signal.removeEventListener('abort', close);
    }
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
  }
}

/** Why there is no page is of less use than that there is none. */
function noSizes(): number[] {
  return [];
}

/** The driver's messages go on with a log of what it tried. */
function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}

async function launchOne(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ARGUMENTS,
    // An interrupt is ours to answer: what was measured so far is written first.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

async function newTab(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await watchButton(context);
  return context.newPage();
}
