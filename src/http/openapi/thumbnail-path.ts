import { MEDIA_TYPES } from '../../domain/image/formats.ts';
import type { Site } from '../site.ts';
import { answerOf } from './answers.ts';
import { faultResponses } from './faults.ts';
import { UPLOADED_IMAGE, headOf, preflightOf } from './operations.ts';
import { PURGE_PARAMETERS, THUMBNAIL_PARAMETERS, UPLOAD_PARAMETERS, parameterRefs } from './parameters.ts';

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
    summary: 'A thumbnail',
    parameters: parameterRefs([...THUMBNAIL_PARAMETERS, 'If-None-Match', 'Cache-Control', 'X-Request-Id']),
    responses: {
      '200': answerOf('The bytes of the thumbnail.', OF_A_THUMBNAIL, IMAGE),
      '304': answerOf('The client already has these bytes.', OF_A_THUMBNAIL),
      ...faultResponses('thumbnail'),
    },
  };
  const post = {
    operationId: 'thumbnailUpload',
    summary: 'A thumbnail of an uploaded image',
    parameters: parameterRefs([...UPLOAD_PARAMETERS, 'X-Request-Id']),
    requestBody: UPLOADED_IMAGE,
    responses: {
      '200': answerOf('The bytes of the thumbnail.', OF_A_THUMBNAIL, IMAGE),
      ...faultResponses('upload'),
    },
  };
  const purge = {
    operationId: 'purgeSource',
    summary: 'Purges a source in every size and format; always signed',
    parameters: parameterRefs([...PURGE_PARAMETERS, 'X-Request-Id']),
    responses: { '204': answerOf('Purged.', ['Vary']), ...faultResponses('purge') },
  };
  return {
    get,
    head: headOf(get),
    ...(site.uploads && { post }),
    delete: purge,
    options: preflightOf('preflightThumbnail'),
  };
}
