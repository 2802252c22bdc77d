import type { Ask, Job } from './load.ts';
import type { Bench } from './bench.ts';
import { Child } from './child.ts';
import type { IpxServer } from './floors/ipx.ts';

const PACKAGE = 'ipx';
const MODULE = new URL('floors/ipx.ts', import.meta.url);

/** Starts it where it is installed; undefined elsewhere. */
export function ipxPeer(bench: Bench, environment: Record<string, string>): Child<IpxServer> | undefined {
  try {
    import.meta.resolve(PACKAGE);
  } catch {
    bench.leaveOut('misses beside ipx', 'it is not installed: npm install --no-save ipx@3.1.1');
    return undefined;
  }
  return new Child<IpxServer>(MODULE, bench.signal, environment);
}

/** @returns the port that it listens on */
export function listening(peer: Child<IpxServer>): Promise<number> {
  return peer.call('listen', PACKAGE);
}

/** The same thumbnail, in ipx's own words. */
export function ipxThumbnail(url: string, size: number, format: Job['format']): Ask {
  const path = `/f_${format},fit_inside,s_${size}x${size}/${encodeURIComponent(url)}`;
  return { method: 'GET', path };
}
