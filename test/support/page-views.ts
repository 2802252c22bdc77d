import { DEFAULT_LIMITS } from '../../scripts/kit/spec.ts';
import { formOptionViews } from '../../src/http/pages/form-options.ts';
import { type ErrorView, type FormView, Pages, type ResultView } from '../../src/http/pages/pages.ts';
import { WHOLE_SITE } from '../../src/http/site.ts';

export const FORM: FormView = { imageUrl: '', hadFile: false, options: formOptionViews(DEFAULT_LIMITS) };
export const FAULT = { title: "Can't open image URL", detail: 'Nothing is there.', code: 'source-not-found' };
export const IMAGE_URL = 'https://example.org/pictures/Red%20fox.jpg?width=9&height=8';
export const RESULT: ResultView = {
  origin: 'https://thumbs.example:8443',
  limits: DEFAULT_LIMITS,
  source: { kind: 'url', href: IMAGE_URL },
  options: { size: '256' },
  size: 256,
  original: { width: 2725, height: 2225, bytes: 1_353_211, format: 'jpeg' },
  thumbnail: { width: 256, height: 209, bytes: 8192, format: 'webp', dataUri: 'data:image/webp;base64,AAAA' },
  others: [],
  processingTimeMs: 527,
  serverName: 'server-1',
  cacheStatus: 'miss',
  timings: { cacheMs: 1.34, fetchMs: 431.2, resizeMs: 87.7 },
};
export const UPLOAD: ResultView = { ...RESULT, source: { kind: 'upload', name: 'Red fox.jpg' } };
export const SAMPLE: ResultView = {
  ...RESULT,
  source: { kind: 'sample', name: 'lake.jpg', href: 'https://thumbs.example:8443/samples/lake.jpg' },
};
export const ERROR: ErrorView = {
  status: 405,
  title: 'Not here',
  detail: 'That method is not allowed.',
  code: 'method-not-allowed',
  requestId: 'request-1',
};

/** As a service with two samples has them. */
export const pages = new Pages({
  site: WHOLE_SITE,
  stylesheetHref: '/style.css?v=1',
  scriptHref: '/app.js?v=1',
  faviconHref: '/favicon.svg?v=1',
  samples: [
    { name: 'lake.jpg', label: 'Lake', example: 'JPEG', previewHref: '/samples/lake-preview.webp?v=1' },
    { name: 'waves.gif', label: 'Waves', example: 'GIF', previewHref: '/samples/waves-preview.webp?v=1' },
  ],
});

/** The result for an image at that address. */
export function from(href: string): ResultView {
  return { ...RESULT, source: { kind: 'url', href } };
}

/** The result with a thumbnail of so many pixels. */
export function sized(width: number, height: number): ResultView {
  return { ...RESULT, thumbnail: { ...RESULT.thumbnail, width, height } };
}

/** As of a source whose download has ended early. */
export function ofUnknownSize(view: ResultView): ResultView {
  return { ...view, original: { ...view.original, bytes: undefined } };
}
