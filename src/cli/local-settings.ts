/**
 * The settings of a pipeline that works on local files: the limits of the environment, and no cache and no server, as each
 * image is asked for once, by the person at this machine.
 */
export function localSettings(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return {
    MAX_THUMBNAIL_SIZE: '16383',
    ...environment,
    LOG_LEVEL: 'silent',
    THUMBNAIL_CACHE: 'none',
    KEPT_SOURCES_SIZE: '0B',
    SECRET_SOURCE: 'env',
    SIGNATURES: undefined,
    METRICS_PORT: undefined,
    // A person waits for all of them anyway.
    QUEUE_TIMEOUT: '10m',
  };
}
