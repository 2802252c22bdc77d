import { formatBytes, formatDuration } from '../domain/errors/units.ts';
import type { Values } from './variables.ts';

type Name = keyof Values;
type Rule = (values: Values, isSet: (name: Name) => boolean) => string | false | undefined;

/** Durations of which the first may not be longer than the second. */
const ORDERED: readonly (readonly [shorter: Name, longer: Name])[] = [
  ['CACHE_TTL_MIN', 'CACHE_TTL'],
  ['CACHE_TTL', 'CACHE_TTL_MAX'],
  ['CACHE_TTL_MIN', 'CACHE_TTL_MAX'],
];

/** What does not go together. A default gives way to what is set, so only what is set can contradict. */
const RULES: readonly Rule[] = [
  ...ORDERED.map(([shorter, longer]): Rule => {
    return (values, isSet) => {
      const [low, high] = [values[shorter] as number, values[longer] as number];
      if (!isSet(shorter) || !isSet(longer) || low <= high) return false;
      return `${shorter}: ${formatDuration(low)} are more than ${longer} allows, ${formatDuration(high)}`;
    };
  }),
  ({ THUMBNAIL_SIZES: sizes, MAX_THUMBNAIL_SIZE: max }) => {
    const largest = Math.max(...sizes);
    return largest > max && `THUMBNAIL_SIZES: ${largest} is more than MAX_THUMBNAIL_SIZE allows, ${max}`;
  },
  ({ DRAIN_DELAY: drainMs, SHUTDOWN_TIMEOUT: allMs }) =>
    drainMs > allMs &&
    `DRAIN_DELAY: ${formatDuration(drainMs)} are a part of SHUTDOWN_TIMEOUT, which is ${formatDuration(allMs)}`,
  ({ DOWNLOADS_PER_HOST: ofOne = 0, DOWNLOAD_CONCURRENCY: ofAll }) =>
    ofOne > ofAll && `DOWNLOADS_PER_HOST: ${ofOne} are more than DOWNLOAD_CONCURRENCY allows, ${ofAll}`,
  ({ MEMORY_CACHE_SIZE: bytes, WORKERS: workers }) =>
    bytes < workers && `MEMORY_CACHE_SIZE: ${formatBytes(bytes)} are too few for ${workers} WORKERS`,
  ({ PORT: port, METRICS_PORT: metricsPort }) =>
    port !== 0 && port === metricsPort && `METRICS_PORT: ${port} is PORT too; give it another`,
  ({ FALLBACK_IMAGE: image }, isSet) =>
    isSet('FALLBACK_STATUS') &&
    image === undefined &&
    'FALLBACK_STATUS: there is no FALLBACK_IMAGE to be sent with it',
  ({ THUMBNAIL_CACHE: tiers = [] }) => {
    if (tiers.includes('none') && tiers.length > 1) return 'THUMBNAIL_CACHE: none stands alone';
    return tiers.indexOf('memory') > 0 && 'THUMBNAIL_CACHE: memory is the nearest cache and stands first';
  },
  ({ THUMBNAIL_CACHE: tiers = [], DISK_CACHE_PATH: path }) =>
    tiers.includes('disk') &&
    path === undefined &&
    'DISK_CACHE_PATH: THUMBNAIL_CACHE names disk; set its folder',
  ({ THUMBNAIL_CACHE: tiers = [], S3_CACHE: place }) =>
    tiers.includes('s3') &&
    place === undefined &&
    'S3_CACHE: THUMBNAIL_CACHE names s3; set s3://bucket/prefix/',
];

/** One line for each contradiction. */
export function contradictionsIn(values: Values, isSet: (name: Name) => boolean): string[] {
  return RULES.map((rule) => rule(values, isSet)).filter((fault) => typeof fault === 'string');
}
