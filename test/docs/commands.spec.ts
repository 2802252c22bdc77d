import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import packageJson from '../../package.json' with { type: 'json' };
import { describeUnless, whyMissing } from '../support/describe-with.ts';
import { ACCOUNTS, accountOf } from './command-accounts.ts';
import { commandsOf, documentedCommands } from './documented-commands.ts';
import { EXECUTIONS } from './executed-commands.ts';
import { PROJECT, parsePage } from './markdown.ts';
import { Reader } from './reader.ts';

const documented = documentedCommands();

describe('every command of the documents', () => {
  it('is run by a test, or has a reason why none can', () => {
    const unaccounted = documented.filter(
      ({ command }) => accountOf(command) === undefined && !(command in EXECUTIONS),
    );
    const how = 'name its test in test/docs/command-accounts.ts, or run it in test/docs/executed-commands.ts';
    expect(
      unaccounted.map(({ command, where }) => `${where}: ${command}`),
      how,
    ).to.deep.equal([]);
    expect(documented.length).to.be.greaterThan(50);
  });

  it('is run where it is said to be', () => {
    for (const [command, account] of Object.entries(ACCOUNTS)) {
      if ('test' in account) expectTest(account.test, account.naming);
      if (!('partOf' in account)) continue;
      expect(account.partOf).to.include(command);
      expect(EXECUTIONS).to.have.property(account.partOf);
    }
  });

  it('is a script of package.json where it says so', () => {
    const scripts = documented.flatMap(
      ({ command }) => /\bnpm run (?:-s )?([\w:-]+)/.exec(command)?.[1] ?? [],
    );
    expect(scripts.filter((name) => !(name in packageJson.scripts))).to.deep.equal([]);
  });

  it('is accounted for once, and nothing else is', () => {
    const commands = documented.map(({ command }) => command);
    const accounted = [...Object.keys(ACCOUNTS), ...Object.keys(EXECUTIONS)];
    expect(
      accounted.filter((command) => !commands.includes(command)),
      'no longer documented',
    ).to.be.empty;
    expect(
      Object.keys(ACCOUNTS).filter((command) => command in EXECUTIONS),
      'twice',
    ).to.be.empty;
  });
});

describeUnless(whyMissing('bash', 'curl', 'npm', 'npx', 'xargs'), 'commands of the documents, run', () => {
  let reader: Reader | undefined;
  before(async () => {
    reader = await Reader.create();
  });
  after(() => reader?.[Symbol.asyncDispose]());

  for (const [command, { missing: what, run }] of Object.entries(EXECUTIONS)) {
    it(`${command}${what === undefined ? '' : ` (skipped: ${what})`}`, async function () {
      if (what !== undefined) this.skip();
      await run(reader!, command);
    });
  }
});

describe('the search for commands', () => {
  const found = (markdown: string) => commandsOf(parsePage(markdown), 'a.md').map(({ command }) => command);

  it('finds each line of a block of shell, and joins those that go on', () => {
    expect(found('```sh\n# first\nnpm ci && npm start  # once\n\n$ curl a \\\n  -o b\n```\n')).to.deep.equal([
      'npm ci',
      'npm start',
      'curl a -o b',
    ]);
  });

  it('takes a block without a language for shell, and one with another for none', () => {
    expect(found('```\nmake\n```\n\n  ```bash\n  make it\n  ```\n```js\nmake();\n```\n')).to.deep.equal([
      'make',
      'make it',
    ]);
  });

  it('finds commands in sentences, and where', () => {
    expect(found('Run `A=1 npm test` or\n`docker\ninfo`, not `npm`, `node_modules` or `A=1`.')).to.deep.equal(
      ['A=1 npm test', 'docker info'],
    );
    expect(commandsOf(parsePage('```js\n1\n```\n\n`npm ci`'), 'a.md')[0]!.where).to.equal('a.md:5');
  });
});

function expectTest(path: string, naming: string): void {
  expect(existsSync(join(PROJECT, path)), `${path} does not exist`).to.equal(true);
  expect(readFileSync(join(PROJECT, path), 'utf8'), path).to.include(naming);
}
