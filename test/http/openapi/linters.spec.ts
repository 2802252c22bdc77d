import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openApiDocument } from '../../../src/http/openapi/openapi.ts';
import { WHOLE_SITE } from '../../../src/http/site.ts';
import { DEFAULT_LIMITS } from '../../../scripts/kit/spec.ts';
import { describeUnless, whyMissing } from '../../support/describe-with.ts';

const run = promisify(execFile);

/** They ask nothing of a network. */
const ENVIRONMENT = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

const SPECTRAL_RULES = 'extends: ["spectral:oas"]\n';

interface Linter {
  readonly argumentsFor: (document: string, rules: string) => readonly string[];
  /** What it complains of, warnings included. */
  readonly complaints: (outcome: { readonly stdout: string; readonly code?: number }) => string;
}

/** Each with its recommended rules. */
const LINTERS: Readonly<Record<string, Linter>> = {
  redocly: {
    argumentsFor: (document) => ['lint', document, '--extends', 'recommended', '--format', 'json'],
    complaints: ({ stdout }) => {
      const { problems } = JSON.parse(stdout) as { problems: { ruleId: string; message: string }[] };
      return problems.map(({ ruleId, message }) => `${ruleId}: ${message}`).join('\n');
    },
  },
  spectral: {
    argumentsFor: (document, rules) => ['lint', document, '--ruleset', rules, '--fail-severity', 'hint'],
    complaints: ({ stdout, code = 0 }) => (code === 0 ? '' : stdout),
  },
};

const DOCUMENTS: Readonly<Record<string, object>> = {
  'default settings': openApiDocument(DEFAULT_LIMITS),
  'every part switched off, below a path': openApiDocument(DEFAULT_LIMITS, {
    ...WHOLE_SITE,
    basePath: '/img',
    form: 'off',
    signatures: 'required',
    uploads: false,
  }),
  'presets and other sizes': openApiDocument(
    { ...DEFAULT_LIMITS, openSizes: [11, 222], presets: new Map([['card', { width: '320', fit: 'cover' }]]) },
    { ...WHOLE_SITE, signatures: 'required' },
  ),
};

for (const [linter, { argumentsFor, complaints }] of Object.entries(LINTERS)) {
  describeUnless(whyMissing(linter), `${linter} on the OpenAPI document`, () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'openapi-'));
      await writeFile(join(folder, 'rules.yaml'), SPECTRAL_RULES);
    });
    after(() => rm(folder, { recursive: true }));

    const lint = async (document: object): Promise<string> => {
      const file = join(folder, 'openapi.json');
      await writeFile(file, JSON.stringify(document));
      const args = argumentsFor(file, join(folder, 'rules.yaml'));
      const outcome = run(linter, args, { env: ENVIRONMENT, cwd: folder });
      // One that complains ends with another code.
      return complaints(await outcome.catch((error: unknown) => error as { stdout: string; code: number }));
    };

    for (const [name, document] of Object.entries(DOCUMENTS)) {
      it(`has nothing to say with ${name}`, async () => {
        expect(await lint(document)).to.equal('');
      });
    }

    it('finds what is wrong', async () => {
      const broken = { ...DOCUMENTS['default settings'], info: undefined };
      expect(await lint(broken)).to.not.equal('');
    });
  });
}
