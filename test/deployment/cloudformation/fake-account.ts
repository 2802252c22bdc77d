import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StubbedPrograms } from '../stubbed-programs.ts';

interface Recorded {
  /** What a state becomes by itself. */
  readonly settles: Readonly<Record<string, string>>;
  /** States in which nothing goes on. */
  readonly rests: readonly string[];
  readonly calls: Readonly<
    Record<string, { readonly from: readonly string[]; readonly to: string; readonly refusal: string }>
  >;
}

const RECORDED = JSON.parse(readFileSync(join(import.meta.dirname, 'states.json'), 'utf8')) as Recorded;

export const STATES: readonly string[] = [...Object.keys(RECORDED.settles), ...RECORDED.rests];

/**
 * An account whose stacks have the states that CloudFormation's have, and refuse what those refuse (states.json). All
 * else is well in it. A change that is under way has gone on each time that somebody has looked.
 */
export class FakeAccount implements AsyncDisposable {
  readonly #folder: string;
  readonly #programs: StubbedPrograms;

  static async create(programs: StubbedPrograms, rest = ''): Promise<FakeAccount> {
    const account = new FakeAccount(programs, await mkdtemp(join(tmpdir(), 'account-')));
    await programs.stub('aws', account.#body(rest));
    await programs.stub('sleep', '');
    return account;
  }

  private constructor(programs: StubbedPrograms, folder: string) {
    this.#programs = programs;
    this.#folder = folder;
  }

  /** @param settles what changes end in, where that differs from what is recorded */
  async set(
    states: Readonly<Record<string, string>>,
    settles: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await rm(this.#folder, { recursive: true });
    await mkdir(this.#folder);
    for (const [name, state] of Object.entries({ ...states, ...settles })) {
      await writeFile(join(this.#folder, name), state);
    }
    this.#programs.takeCalls();
  }

  state(stack: string): string {
    return readFileSync(join(this.#folder, stack), 'utf8').trim();
  }

  /** The template that was sent last. */
  template(): string {
    return readFileSync(this.templateFile, 'utf8');
  }

  get templateFile(): string {
    return join(this.#folder, 'template');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** In shell, of builtins alone: it is run a thousand times. */
  #body(rest: string): string {
    const calls = Object.entries(RECORDED.calls).map(
      ([call, { from, to, refusal }]) => `
  'cloudformation ${call} '*)
    case $state in
      ${from.join(' | ')}) echo ${to} >"$file" ;;
      *) echo "${refusal.replaceAll('STACK', '$stack').replaceAll('STATE', '$state')}" >&2; exit 254 ;;
    esac ;;`,
    );
    const settling = Object.entries(RECORDED.settles).map(
      ([from, to]) =>
        `    ${from}) next=${to}; if [ -f "${this.#folder}/${from}" ]; then read -r next <"${this.#folder}/${from}"; fi; echo $next >"$file" ;;`,
    );
    return `
stack=; previous=
for word; do
  case $previous in
    --stack-name) stack=$word ;;
    --template-body) cat "\${word#file://}" >"${this.#folder}/template" ;;
  esac
  previous=$word
done
file="${this.#folder}/$stack"; state=NONE
[ -z "$stack" ] || ! [ -f "$file" ] || read -r state <"$file"
${rest}
case "$*" in
  *StackStatus*)
    if [ $state = NONE ]; then echo "Stack with id $stack does not exist" >&2; exit 254; fi
    echo $state
    case $state in
${settling.join('\n')}
    esac ;;
  'cloudformation wait '*) case $state in DELETE_IN_PROGRESS)
    next=NONE; if [ -f "${this.#folder}/DELETE_IN_PROGRESS" ]; then read -r next <"${this.#folder}/DELETE_IN_PROGRESS"; fi
    echo $next >"$file"; [ $next = NONE ] || { echo 'Waiter StackDeleteComplete failed' >&2; exit 255; } ;; esac ;;${calls.join('')}
  'cloudformation describe-stack-events'*) echo 'UPDATE_FAILED	Service	what stood in the way' ;;
  --version) echo aws-cli/2.31.0 ;;
  'sts get-caller-identity'*) echo 123456789012 ;;
  *RepositoryUri*) echo 123456789012.dkr.ecr.eu-west-1.amazonaws.com/thumbnailer ;;
  *"'VpcCidr'"*) echo 10.0.0.0/16 ;;
  *"'IpAddressType'"*) echo ipv4 ;;
  *"'AssignPublicIp'"*) echo ENABLED ;;
  *"'Url'"*) echo http://thumbnailer-lb.example ;;
  *imageDigest=*imageDetails*) for word; do case $word in imageDigest=*) echo "\${word#*=}" ;; esac; done ;;
  *imageDetails*) echo sha256:${'a'.repeat(64)} ;;
  *"'EarlierImages'"*) echo sha256:${'b'.repeat(64)},sha256:${'c'.repeat(64)} ;;
  *'Parameters[].ParameterKey'*) printf 'Name\\tImageUri\\tEarlierImages\\tMaxTasks\\tGone\\n' ;;
  *'Parameters[].[ParameterKey,ParameterValue]'*)
    printf 'Name\\tthumbnailer\\nEnvironment\\tCACHE_TTL=7d\\nWORKERS=2\\nMaxTasks\\t9\\nGone\\tx\\n' ;;
  *"'Cache'"*) echo memcached ;;
  *"'Environment'"*) printf 'CACHE_TTL=7d\\nWORKERS=2\\n' ;;
  'ssm get-parameters'*--with-decryption*) echo None ;;
  'ssm get-parameters'*) printf 'thumbnailer.memcachier-server\\tthumbnailer.signing-keys\\n' ;;
  'ecs describe-services'*status) echo ACTIVE ;;
  'ecs describe-services'*desiredCount) echo 5 ;;
  'ecs describe-services'*taskDefinition) echo arn:aws:ecs:eu-west-1:123456789012:task-definition/thumbnailer-task:7 ;;
  'ecs describe-task-definition'*) echo repository@sha256:${'a'.repeat(64)} ;;
  'logs describe-log-groups'*) echo /ecs/thumbnailer-task ;;
  'configure get region') exit 1 ;;
esac`;
  }
}
