import { expect } from 'chai';
import type { RequestListener } from 'node:http';
import { imageProblem, problemOf } from '../../scripts/benchmark/asks.ts';
import { type Answer, type Job, atRate, hammer, measure, walk } from '../../scripts/benchmark/load.ts';
import { photograph } from '../../scripts/kit/images.ts';
import { startOrigin } from '../../scripts/kit/origin.ts';

const BODY = Buffer.from('a thumbnail, as it were');
const HIT = { 'cache-status': 'thumbnailer; hit; ttl=9', 'content-length': BODY.length };
const ASK = { method: 'GET', path: '/a' } as const;

describe('the load of the benchmark', () => {
  it('asks on so many connections until time is up, and counts what is as it should be', async () => {
    const { latencies, problems, connections } = await load((_request, response) => {
      response.writeHead(200, HIT).end(BODY);
    });
    expect(problems).to.deep.equal([]);
    expect(connections).to.equal(2);
    expect(latencies).to.have.length.above(10);
  });

  it('sees another status, a miss among hits, and a connection that breaks', async () => {
    const status = await load((_request, response) => {
      response.writeHead(500).end();
    });
    expect(status.problems[0]).to.equal('status 500 instead of 200');
    const miss = await load((_request, response) => {
      response.writeHead(200, { ...HIT, 'cache-status': 'thumbnailer; fwd=uri-miss' }).end(BODY);
    });
    expect(miss.problems[0]).to.equal('not a hit');
    let count = 0;
    const broken = await load((request, response) => {
      count += 1;
      if (count === 5) request.socket.destroy();
      else response.writeHead(200, HIT).end(BODY);
    });
    expect(broken.problems).to.have.length(1);
    expect(broken.latencies).to.have.length.above(4);
  });

  it('walks each item once, in its order, so many at once', async () => {
    const [begun, most]: [number[], number[]] = [[], []];
    let under = 0;
    const latencies = await walk([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      begun.push(item);
      most.push((under += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      under -= 1;
    });
    expect(begun).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect(Math.max(...most)).to.equal(3);
    expect(latencies).to.have.length(7);
  });

  it('keeps its rate whether or not anybody answers', async () => {
    const all = Promise.withResolvers<undefined>();
    let begun = 0;
    // A closed loop of any size below would never get here.
    await atRate(Array.from({ length: 30 }), 1000, 1, async () => {
      if ((begun += 1) === 30) all.resolve(undefined);
      await all.promise;
    });
    expect(begun).to.equal(30);
  });

  it('takes the median and the rate of what was answered', async () => {
    const { requests, p50Ms, perSecond } = await measure(undefined, () => Promise.resolve([3, 1, 2]));
    expect({ requests, p50Ms }).to.deep.equal({ requests: 3, p50Ms: 2 });
    expect(perSecond).to.be.above(0);
  });

  async function load(listener: RequestListener) {
    await using origin = await startOrigin();
    origin.serve('/a', listener);
    const problems: string[] = [];
    const onProblem = (problem: string) => problems.push(problem);
    const plan = { connections: 2, seconds: 0.2, status: 200, isHit: true, seed: 1, onProblem };
    const latencies = await hammer(origin.url('').replace(/\/$/, ''), [ASK], plan);
    return { latencies, problems, connections: origin.connections };
  }
});

describe('the look at an answer of the benchmark', () => {
  const answer = (status: number, cacheStatus: string): Answer => {
    return { status, headers: new Headers({ 'cache-status': cacheStatus }), body: BODY };
  };

  it('sees an unexpected status, and a miss where there should be a hit', () => {
    expect(problemOf(answer(200, 'thumbnailer; hit'), 'hit')).to.equal(undefined);
    expect(problemOf(answer(500, ''), 'hit')).to.equal(`status 500: ${BODY.toString()}`);
    expect(problemOf(answer(200, 'thumbnailer; fwd=uri-miss'), 'hit')).to.equal('a miss instead of a hit');
    expect(problemOf(answer(200, ''), 'miss')).to.equal('a neither instead of a miss');
  });

  it('sees an image of another format or other dimensions, and never wants an enlargement', async () => {
    const image = await photograph({ width: 64, height: 48 }).jpeg().toBuffer();
    const job: Job = { source: { name: 'a' }, size: 64, format: 'jpeg' };
    expect(await imageProblem(image, job, { width: 640, height: 480 })).to.equal(undefined);
    expect(await imageProblem(image, { ...job, size: 256 }, { width: 64, height: 48 })).to.equal(undefined);
    const wrong = await imageProblem(image, job, { width: 640, height: 400 });
    expect(wrong).to.equal('jpeg 64×48 instead of jpeg 64×40');
    expect(await imageProblem(image, { ...job, format: 'webp' }, { width: 64, height: 48 })).to.include(
      'webp',
    );
  });
});
