import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { RunningService } from '../../scripts/kit/running-service.ts';

describe('a task that is told to stop', () => {
  it('is not ready at once, serves on meanwhile, and ends with 0 within SHUTDOWN_TIMEOUT', async () => {
    await using task = await RunningService.start({ DRAIN_DELAY: '2s', SHUTDOWN_TIMEOUT: '2s' });
    const exitCode = task.stop('SIGTERM');
    while ((await fetch(`${task.url}/readyz`)).ok) await sleep(5);
    const page = await fetch(task.url);
    expect(page.status).to.equal(200);
    expect(page.headers.get('connection')).to.equal('close');
    const health = await fetch(`${task.url}/healthz`);
    expect(health.status).to.equal(200);
    expect(health.headers.get('connection')).to.equal('close');
    expect(await exitCode).to.equal(0);
  });
});
