/** `thumbnailer/client`: URLs of thumbnails, for browsers, edge runtimes and servers. It has no dependency. See docs/client.md. */
export { type SigningKey, type ThumbnailParameters, signedThumbnailUrl, thumbnailUrl } from './client/url.ts';
export {
  type ImageAttributes,
  type PictureAttributes,
  type PictureOptions,
  type ResponsiveOptions,
  imgAttributes,
  pictureAttributes,
  pictureHtml,
} from './client/html.ts';
export {
  type LoaderOptions,
  type NuxtModifiers,
  type UnpicOperations,
  nextLoader,
  nuxtProvider,
  unpicTransformer,
} from './client/loaders.ts';
