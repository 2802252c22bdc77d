import { VARIABLES } from '../../src/config/variables.ts';
import { RunningService } from '../kit/running-service.ts';

/** Where it listens and what it says are not the caller's to choose. */
const OURS = ['HOST', 'PORT', 'LOG_LEVEL'];

/** A service for the run, on loopback and allowed to fetch from there; otherwise as the environment sets it. */
export async function ownService(environment = process.env): Promise<RunningService> {
  const settings = Object.keys(VARIABLES).flatMap((name) => {
    const value = environment[name];
    return value && !OURS.includes(name) ? [[name, value]] : [];
  });
  return RunningService.start(Object.fromEntries(settings) as Record<string, string>);
}
