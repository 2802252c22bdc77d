import { expect } from 'chai';
import type { ICruiseResult } from 'dependency-cruiser';
import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FOLDERS, PROJECT, RULE_NAMES, cruiseSources } from './cruise-sources.ts';
import { PLANTS, TARGETS } from './planted-violations.ts';

/** Reads the compiler and some hundred files, twice. */
const SLOW_MS = 240_000;

describe('rules of dependency', () => {
  describe('in the sources', () => {
    let result: ICruiseResult;
    before(async function () {
      this.timeout(SLOW_MS);
      result = await cruiseSources(PROJECT);
    });

    it('are kept', () => {
      expect(violationsOf(result)).to.deep.equal([]);
    });

    it('were held against every file, and against its imports', () => {
      const files = globSync(`{${FOLDERS.join()}}/**/*.ts`, { cwd: PROJECT });
      const cruised = result.modules.map(({ source }) => source);
      for (const folder of FOLDERS)
        expect(files.filter((file) => file.startsWith(`${folder}/`))).to.have.length.greaterThan(30);
      expect(cruised).to.include.members(files);
      expect(result.summary.totalDependenciesCruised).to.be.greaterThan(files.length);
    });

    it('saw imports of types, of libraries and those that are loaded late', () => {
      const dependencies = result.modules.flatMap((module) => module.dependencies);
      const kinds = new Set(dependencies.flatMap(({ dependencyTypes }) => dependencyTypes));
      expect([...kinds]).to.include.members(['type-only', 'dynamic-import', 'npm', 'core', 'local']);
      expect(dependencies.some(({ resolved }) => resolved.includes('node_modules/sharp/'))).to.equal(true);
    });
  });

  describe('in a copy of the sources with planted violations', () => {
    let folder: string;
    let found: Map<string, Set<string>>;

    before(async function () {
      this.timeout(SLOW_MS);
      folder = await mkdtemp(join(tmpdir(), 'planted-'));
      await cp(join(PROJECT, 'src'), join(folder, 'src'), { recursive: true });
      for (const path of TARGETS) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), 'export {};\n');
      }
      await cp(join(PROJECT, 'package.json'), join(folder, 'package.json'));
      await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
      for (const [path, text] of PLANTS.flatMap(({ files }) => Object.entries(files))) {
        await writeFile(join(folder, path), text, { flag: 'wx' });
      }
      found = rulesByFile(await cruiseSources(folder));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    for (const { rule, files } of PLANTS) {
      it(`${rule}: ${Object.keys(files).join(', ')}`, () => {
        const broken = Object.keys(files).flatMap((path) => [...(found.get(path) ?? [])]);
        expect(new Set(broken)).to.deep.equal(new Set([rule]));
      });
    }

    it('every rule had one planted', () => {
      expect(PLANTS.map(({ rule }) => rule)).to.include.members(RULE_NAMES);
      expect(RULE_NAMES).to.include.members(PLANTS.map(({ rule }) => rule));
    });

    it('nothing else was reported', () => {
      const planted = PLANTS.flatMap(({ files }) => Object.keys(files));
      expect(planted).to.include.members([...found.keys()]);
    });
  });
});

function violationsOf({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

function rulesByFile({ summary }: ICruiseResult): Map<string, Set<string>> {
  const byFile = Map.groupBy(summary.violations, ({ from }) => from);
  return new Map([...byFile].map(([file, broken]) => [file, new Set(broken.map(({ rule }) => rule.name))]));
}
