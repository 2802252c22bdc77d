import { expect } from 'chai';
import ts from 'typescript';
import { PROJECT } from './cruise-sources.ts';

/** Reads the compiler's own library and Node's types, once for each text. */
const SLOW_MS = 60_000;

describe('settings of the compiler', () => {
  const { config } = ts.readConfigFile(`${PROJECT}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: object;
  };

  const faults: [title: string, text: string, code: number][] = [
    ['a value of the wrong type', "export const size: number = '64';", 2322],
    ['an element that may not be there', "export const first: string = ['a'][0];", 2322],
    ['a value that may be undefined', 'export const f = (text?: string) => text.length;', 18048],
    ['undefined for what may only be absent', 'export const a: { b?: string } = { b: undefined };', 2375],
    ['syntax that Node cannot strip', 'export enum Fit { Inside }', 1294],
    ['a type imported as a value', "export { SecretSource } from '../ports/secret-source.ts';", 1205],
    ['an import without its extension', "export * from './units';", 2835],
  ];
  for (const [title, text, code] of faults) {
    it(`reject ${title}`, () => {
      expect(faultsIn(text)).to.deep.equal([code]);
    }).timeout(SLOW_MS);
  }

  it('accept what is right', () => {
    expect(
      faultsIn("import type { Stats } from 'node:fs';\nexport const of = (stats: Stats) => stats.size;"),
    ).to.deep.equal([]);
  }).timeout(SLOW_MS);

  /** Compiles the text as a file of src/domain, under the project's own settings. */
  function faultsIn(text: string): number[] {
    const path = `${PROJECT}src/domain/planted.ts`;
    const { options } = ts.parseJsonConfigFileContent(
      config,
      { ...ts.sys, readDirectory: () => [path] },
      PROJECT,
    );
    const disk = ts.createCompilerHost(options);
    const host: ts.CompilerHost = {
      ...disk,
      getSourceFile: (name, language) =>
        name === path ? ts.createSourceFile(name, text, language) : disk.getSourceFile(name, language),
    };
    const program = ts.createProgram([path], options, host);
    return ts.getPreEmitDiagnostics(program).map((fault) => fault.code);
  }
});
