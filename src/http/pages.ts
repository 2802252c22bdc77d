import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import nunjucks from 'nunjucks';
import type { InputFormat, OutputFormat } from '../domain/formats.ts';
import type { ThumbnailResult, Timings } from '../domain/thumbnail-service.ts';
import { formatBytes } from '../domain/units.ts';
import { formatMilliseconds, formatName, imageName, savedPart, stagesOf } from './page-figures.ts';
import { snippetsOf, thumbnailHref } from './page-links.ts';

/** The form, empty or after a fault, with what was entered. */
export interface FormView {
  /** What the person may choose from: largest dimension in pixels. */
  readonly sizes: readonly number[];
  /** As it was entered: anything. */
  readonly imageUrl: string;
  readonly size: number;
  readonly error?: {
    readonly title: string;
    readonly detail: string;
    readonly code: string;
    /** The field to correct, where it is one. */
    readonly field?: 'url' | 'size';
  };
}

export interface ResultView {
  /** Scheme and authority under which the person reached this page, as `https://thumbs.example`. */
  readonly origin: string;
  /** Sizes in pixels that anyone may ask for. */
  readonly sizes: readonly number[];
  /** The `href` of a parsed http(s) address. */
  readonly imageUrl: string;
  /** Largest dimension that was asked for, in pixels. */
  readonly size: number;
  readonly original: ImageFacts<InputFormat>;
  readonly thumbnail: ImageFacts<OutputFormat> & { readonly dataUri: string };
  /** Whole milliseconds. */
  readonly processingTimeMs: number;
  readonly serverName: string;
  readonly cacheStatus: ThumbnailResult['cacheStatus'];
  readonly timings: Timings;
}

/** Width and height in pixels, and the size of the file in bytes. */
export interface ImageFacts<Format> {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly format: Format;
}

/** A fault that the form cannot help with. */
export interface ErrorView {
  /** HTTP status. */
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
}

export interface PagesOptions {
  readonly stylesheetHref?: string;
  readonly faviconHref?: string;
}

const VIEWS = join(import.meta.dirname, 'views');

/** The HTML that people see. Every template is read and compiled once, here, so that a broken one stops the start. */
export class Pages {
  readonly #environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(VIEWS), {
    autoescape: true,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });

  constructor({ stylesheetHref = '/style.css', faviconHref = '/favicon.svg' }: PagesOptions = {}) {
    this.#environment.addGlobal('stylesheetHref', stylesheetHref);
    this.#environment.addGlobal('faviconHref', faviconHref);
    this.#environment.addFilter('bytes', formatBytes);
    this.#environment.addFilter('milliseconds', formatMilliseconds);
    this.#environment.addFilter('format', formatName);
    for (const name of readdirSync(VIEWS)) this.#environment.getTemplate(name, true);
  }

  form(view: FormView): string {
    return this.#environment.render('form.njk', { view });
  }

  /** @throws TypeError when `imageUrl`, which becomes a link, is not an http(s) address */
  result(view: ResultView): string {
    const { imageUrl, original, thumbnail, timings, processingTimeMs } = view;
    return this.#environment.render('result.njk', {
      view,
      name: imageName(imageUrl),
      saved: savedPart(original.bytes, thumbnail.bytes),
      stages: stagesOf(timings, processingTimeMs),
      thumbnailHref: thumbnailHref(view),
      snippets: snippetsOf(view),
    });
  }

  error(view: ErrorView): string {
    return this.#environment.render('error.njk', { view });
  }
}
