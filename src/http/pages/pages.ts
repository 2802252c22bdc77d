import { join } from 'node:path';
import nunjucks from 'nunjucks';
import packageJson from '../../../package.json' with { type: 'json' };
import { FORMAT_NAMES, type InputFormat, type OutputFormat } from '../../domain/image/formats.ts';
import { formatChoices, formatFileSize } from '../../domain/errors/units.ts';
import type { ThumbnailResult, Timings } from '../../domain/making/thumbnail-service.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import type { OptionName } from '../../domain/request/options.ts';
import type { OptionTexts } from '../../domain/request/request-options.ts';
import type { DocsView } from '../docs/docs-view.ts';
import type { FormOptionView } from './form-options.ts';
import { enlargement, formatMilliseconds, savedPart, stagesOf } from './page-figures.ts';
import { PAGE_FORMATS, formatHref, resultHref, thumbnailHref } from './page-links.ts';
import type { OtherFormat } from './other-formats.ts';
import { snippetsOf } from './page-snippets.ts';
import { type Site, hasForm } from '../site.ts';
import { type SourceView, fileNameOf, imageName, openableHref } from './page-source.ts';

/** The form, empty or after a fault, with what was entered. */
export interface FormView {
  /** As it was entered: anything. */
  readonly imageUrl: string;
  readonly options: readonly FormOptionView[];
  /** Whether a file was sent along, which is not in the form any more. */
  readonly hadFile: boolean;
  readonly error?: {
    readonly title: string;
    readonly detail: string;
    readonly code: string;
    /** The field to correct, where it is one. */
    readonly field?: 'url' | 'image' | OptionName;
  };
}

export interface ResultView {
  /** Where the person reached this service, as `https://thumbs.example` or `https://example.com/img`. */
  readonly origin: string;
  /** What anyone may ask for. */
  readonly limits: OptionLimits;
  readonly source: SourceView;
  /** What was chosen, as an address says it. */
  readonly options: OptionTexts;
  /** Largest dimension that was asked for, in pixels. */
  readonly size: number;
  /** Its bytes are unknown where not all of the file was read. */
  readonly original: ImageFacts<InputFormat> & { readonly bytes?: number | undefined };
  readonly thumbnail: ImageFacts<OutputFormat> & { readonly bytes: number; readonly dataUri: string };
  /** The same picture in other formats, where it has no address to be asked for in them. */
  readonly others: readonly OtherFormat[];
  /** Whole milliseconds. */
  readonly processingTimeMs: number;
  readonly serverName: string;
  readonly cacheStatus: ThumbnailResult['cacheStatus'];
  readonly timings: Timings;
}

/** Width and height in pixels; its `bytes` are the size of the file. */
export interface ImageFacts<Format> {
  readonly width: number;
  readonly height: number;
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
  /** The name to add, where the request's host is not allowed. */
  readonly missingHost?: string | undefined;
}

export interface SampleView {
  /** What the form sends. */
  readonly name: string;
  readonly label: string;
  readonly example: string;
  readonly previewHref: string;
}

export interface PagesOptions {
  readonly site: Site;
  readonly stylesheetHref: string;
  readonly scriptHref: string;
  readonly faviconHref: string;
  readonly samples: readonly SampleView[];
}

const VIEWS = join(import.meta.dirname, 'views');

/** The HTML that people see. A template is read and compiled when it is first shown: a start need not wait for it. */
export class Pages {
  readonly #environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(VIEWS), {
    autoescape: true,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });

  readonly #takesUploads: boolean;

  constructor({ site, stylesheetHref, scriptHref, faviconHref, samples }: PagesOptions) {
    this.#takesUploads = site.uploads;
    this.#environment.addGlobal('basePath', site.basePath);
    this.#environment.addGlobal('hasForm', hasForm(site));
    this.#environment.addGlobal('takesUploads', site.uploads);
    this.#environment.addGlobal('stylesheetHref', stylesheetHref);
    this.#environment.addGlobal('scriptHref', scriptHref);
    this.#environment.addGlobal('faviconHref', faviconHref);
    this.#environment.addGlobal('samples', samples);
    this.#environment.addGlobal(
      'inputFormats',
      formatChoices(site.inputFormats.map((name) => FORMAT_NAMES[name])),
    );
    this.#environment.addGlobal('version', packageJson.version);
    this.#environment.addFilter('bytes', formatFileSize);
    this.#environment.addFilter('milliseconds', formatMilliseconds);
    this.#environment.addFilter('prose', proseOf);
    this.#environment.addFilter('format', (format: InputFormat) => FORMAT_NAMES[format]);
  }

  form(view: FormView): string {
    const extras = view.options.filter(({ isExtra }) => isExtra);
    const opensExtras = extras.some(({ name, isChanged }) => isChanged || view.error?.field === name);
    return this.#environment.render('form.njk', { view, opensExtras });
  }

  /** In place of the form. */
  about(): string {
    return this.#environment.render('about.njk');
  }

  docs(view: DocsView): string {
    return this.#environment.render('docs.njk', { view });
  }

  result(view: ResultView): string {
    const { source, original, thumbnail, timings, processingTimeMs } = view;
    return this.#environment.render('result.njk', {
      view,
      name: imageName(source),
      imageHref: openableHref(source) ?? null,
      saved: original.bytes === undefined ? null : savedPart(original.bytes, thumbnail.bytes),
      enlargement: enlargement(thumbnail),
      stages: stagesOf(timings, processingTimeMs, source.kind === 'upload'),
      thumbnailHref: thumbnailHref(view) ?? null,
      resultHref: resultHref(view) ?? null,
      formats: formatsOf(view),
      saveAs: fileNameOf(view),
      // Without an address there is only uploading.
      snippets: source.kind === 'url' || this.#takesUploads ? snippetsOf(view) : [],
    });
  }

  error(view: ErrorView): string {
    const { code, missingHost = null } = view;
    return this.#environment.render('error.njk', {
      view,
      missingHost,
      // Under a name that is not allowed, every page is this one.
      hasWayBack: code !== 'host-not-allowed',
    });
  }
}

/** The picture in each format: made here, or for the browser to ask for. */
function formatsOf(view: ResultView) {
  const made = [view.thumbnail, ...view.others];
  return PAGE_FORMATS.flatMap((format) => {
    const shown = made.find((candidate) => candidate.format === format);
    const href = formatHref(view, format);
    if (shown === undefined && href === undefined) return [];
    return [{ format, href: href ?? null, dataUri: shown?.dataUri ?? null, bytes: shown?.bytes ?? null }];
  });
}

/** Markdown of one line, as the tables of the API have it: code is marked, and nothing else. */
function proseOf(text: string): nunjucks.runtime.SafeString {
  const escaped = text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return new nunjucks.runtime.SafeString(escaped.replace(/`([^`]+)`/g, '<code>$1</code>'));
}
