import { MEDIA_TYPES } from '../../domain/image/formats.ts';
import type { Site } from '../site.ts';
import { answerOf } from './answers.ts';
import { faultResponses } from './faults.ts';
import { UPLOADED_IMAGE, headOf, preflightOf } from './operations.ts';
import { PURGE_PARAMETERS, THUMBNAIL_PARAMETERS, UPLOAD_PARAMETERS, parameterRefs } from './parameters.ts';
import { THUMBNAILS } from './tags.ts';

const IMAGE = Object.fromEntries(Object.values(MEDIA_TYPES).map((type) => [type, {}]));
const OF_A_THUMBNAIL = [
  'Cache-Control',
  'ETag',
  'Cache-Status',
  'Server-Timing',
  'Content-Disposition',
  'Content-Security-Policy',
  'Cross-Origin-Resource-Policy',
  'X-Thumbnail-Fault',
  'Vary',
] as const;

/** A Path Item Object: `/thumbnail`, for programs. */
export function thumbnailPath(site: Pick<Site, 'uploads'>): object {
  const get = {
    operationId: 'getThumbnail',
    tags: [THUMBNAILS],
    summary: 'A thumbnail of an image on the web',
    description:
      'Downloads the image at `url`, makes the thumbnail and caches it. Requests that say the same share one cached thumbnail.',
    parameters: parameterRefs([...THUMBNAIL_PARAMETERS, 'If-None-Match', 'Cache-Control', 'X-Request-Id']),
    responses: {
      '200': answerOf('The bytes of the thumbnail.', OF_A_THUMBNAIL, IMAGE),
      '304': answerOf('The client already has these bytes.', OF_A_THUMBNAIL),
      ...faultResponses('thumbnail'),
    },
  };
  const post = {
    operationId: 'thumbnailUpload',
    tags: [THUMBNAILS],
    summary: 'A thumbnail of an uploaded image',
    description:
      'Send the image as the body, or as the only file of a form. The options are query parameters, as for `GET`. The image itself is never stored; its thumbnail is cached under a digest of its bytes.',
    parameters: parameterRefs([...UPLOAD_PARAMETERS, 'X-Request-Id']),
    requestBody: UPLOADED_IMAGE,
    responses: {
      '200': answerOf('The bytes of the thumbnail.', OF_A_THUMBNAIL, IMAGE),
      ...faultResponses('upload'),
    },
  };
  const purge = {
    operationId: 'purgeSource',
    tags: [THUMBNAILS],
    summary: 'Purges a source',
    description:
      'Removes the thumbnails of a source in every size, fit and format, and any cached error, from all caches of the service. It is always signed.',
    parameters: parameterRefs([...PURGE_PARAMETERS, 'X-Request-Id']),
    responses: { '204': answerOf('Purged.', ['Vary']), ...faultResponses('purge') },
  };
  return {
    get,
    head: headOf(get),
    ...(site.uploads && { post }),
    delete: purge,
    options: preflightOf('preflightThumbnail', THUMBNAILS),
  };
}
