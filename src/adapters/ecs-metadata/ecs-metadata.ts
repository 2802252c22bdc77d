import { once } from 'node:events';
import { type IncomingMessage, get } from 'node:http';
import { isIPv4 } from 'node:net';
import { text } from 'node:stream/consumers';
import { SecretSourceError } from '../../ports/secret-source.ts';

/** The variables by which ECS tells a container where it is. */
export interface EcsEnvironment {
  readonly ECS_CONTAINER_METADATA_URI_V4?: string | undefined;
  readonly ECS_CONTAINER_METADATA_URI?: string | undefined;
  /** `AWS_ECS_FARGATE` or `AWS_ECS_EC2`. */
  readonly AWS_EXECUTION_ENV?: string | undefined;
}

/** The ECS task that this process runs in. */
export interface EcsTask {
  readonly region?: string;
  readonly taskId?: string;
  /** The task's own addresses; the load balancer's health checks carry one of them as their Host. */
  readonly privateIpv4Addresses: readonly string[];
}

/** The few of the endpoint's fields that are of use; a container answers with some of them, a task with others. */
interface Metadata {
  readonly TaskARN?: unknown;
  readonly Labels?: Readonly<Record<string, unknown>>;
  readonly Networks?: unknown;
  readonly Containers?: unknown;
}

/**
 * Asks the task metadata endpoint: version 4, else 3, else 2. Outside ECS nothing is requested.
 *
 * @param options.timeoutMs for all of it together
 * @returns undefined outside ECS, and where no version answers in time: a task can do without
 */
export async function readEcsTask(
  env: EcsEnvironment,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<EcsTask | undefined> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (const urls of endpoints(env)) {
    const answers = await Promise.all(urls.map((url) => getMetadata(url, deadline)));
    const task = toTask(answers.filter((answer) => answer !== undefined));
    if (task !== undefined) return task;
  }
  return undefined;
}

/**
 * The AWS region: `AWS_REGION`, else `AWS_DEFAULT_REGION`, else the task's.
 *
 * @throws SecretSourceError when none of them says
 */
export function resolveRegion(
  env: { readonly AWS_REGION?: string | undefined; readonly AWS_DEFAULT_REGION?: string | undefined },
  task: EcsTask | undefined,
): string {
  const region = [env.AWS_REGION, env.AWS_DEFAULT_REGION, task?.region].find((value) => (value ?? '') !== '');
  if (region !== undefined) return region;
  throw new SecretSourceError('The AWS region is not known. Set AWS_REGION, for example to eu-west-1.');
}

/** For each version, newest first, what to ask: the container itself, and its task. */
function endpoints(env: EcsEnvironment): string[][] {
  const bases = [env.ECS_CONTAINER_METADATA_URI_V4, env.ECS_CONTAINER_METADATA_URI];
  const versions = bases.filter((base) => (base ?? '') !== '').map((base) => [`${base}`, `${base}/task`]);
  return env.AWS_EXECUTION_ENV?.startsWith('AWS_ECS_')
    ? [...versions, ['http://169.254.170.2/v2/metadata']]
    : versions;
}

function toTask(answers: readonly Metadata[]): EcsTask | undefined {
  if (answers.length === 0) return undefined;
  const arns = answers.map(({ TaskARN, Labels }) => TaskARN ?? Labels?.['com.amazonaws.ecs.task-arn']);
  const arn = arns.find((value) => typeof value === 'string');
  const region = /^arn:[^:]+:ecs:([a-z0-9-]+):/.exec(arn ?? '')?.[1];
  const taskId = /\/([^/]+)$/.exec(arn ?? '')?.[1];
  return {
    ...(region !== undefined && { region }),
    ...(taskId !== undefined && { taskId }),
    privateIpv4Addresses: [...new Set(answers.flatMap(addressesOf))],
  };
}

function addressesOf(metadata: Metadata): string[] {
  const networks: { readonly IPv4Addresses?: unknown }[] = list(metadata.Networks).filter(isObject);
  const own = networks.flatMap(({ IPv4Addresses }) => list(IPv4Addresses)).filter(isAddress);
  return [...own, ...list(metadata.Containers).filter(isObject).flatMap(addressesOf)];
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && isIPv4(value);
}

/** Undefined for anything but a JSON object that came in time. */
async function getMetadata(url: string, signal: AbortSignal): Promise<Metadata | undefined> {
  try {
    const metadata: unknown = JSON.parse(await getText(url, signal));
    return isObject(metadata) ? metadata : undefined;
  } catch {
    return undefined;
  }
}

/** Not by `fetch` nor a pooled agent: they use proxy variables, and this address is for this host alone. */
async function getText(url: string, signal: AbortSignal): Promise<string> {
  const request = get(url, { agent: false, signal });
  // An abort while the body comes is emitted here as well as on the response; unheard, it would end the process.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode === 200) return text(response);
  response.destroy();
  throw new Error(`status ${response.statusCode ?? 0}`);
}
