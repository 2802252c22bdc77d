import { expect } from 'chai';
import { shareOf } from '../../src/process/cluster-worker.ts';
import { readConfig } from '../../src/config/config.ts';

describe("a worker's share", () => {
  it('divides memory, and rounds up what is counted in pieces', () => {
    const { cache, work, sources } = shareOf(
      readConfig({
        WORKERS: '4',
        MEMORY_BUDGET: '402MiB',
        MEMORY_CACHE_SIZE: '64MiB',
        KEPT_SOURCES_SIZE: '16MiB',
        RESIZE_CONCURRENCY: '3',
        DOWNLOAD_CONCURRENCY: '32',
        QUEUE_LIMIT: '65',
        MAX_SOURCE_SIZE: '20MiB',
      }),
    );
    expect(cache.memoryBytes).to.equal(16 * 1024 ** 2);
    expect(cache.keptSourcesBytes).to.equal(4 * 1024 ** 2);
    expect(work).to.deep.include({
      memoryBudgetBytes: 100.5 * 1024 ** 2,
      resizeConcurrency: 1,
      downloadConcurrency: 8,
      queueLimit: 17,
    });
    expect(sources.maxBytes, 'a limit of one request').to.equal(20 * 1024 ** 2);
  });

  it('is everything where there is one', () => {
    const config = readConfig({});
    expect(shareOf(config)).to.deep.equal(config);
  });
});
