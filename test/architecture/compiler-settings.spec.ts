import { expect } from 'chai';
import ts from 'typescript';
import { PROJECT } from './cruise-sources.ts';

const FAULTS: [title: string, text: string, code: number][] = [
  ['a value of the wrong type', "export const size: number = '64';", 2322],
  ['an element that may not be there', "export const first: string = ['a'][0];", 2322],
  ['a value that may be undefined', 'export const lengthOf = (text?: string) => text.length;', 18048],
  ['undefined for what may only be absent', 'export const a: { b?: string } = { b: undefined };', 2375],
  ['syntax that Node cannot strip', 'export enum Fit { Inside }', 1294],
  [
    'a type that is exported as a value',
    "export { SecretSource } from '../../ports/secret-source.ts';",
    1205,
  ],
  ['an import without its extension', "export * from './units';", 2835],
  ['a method that overrides in silence', 'export class E extends Error { toString() { return ""; } }', 4114],
  ['a local that nobody reads', 'export function f() { const unread = 1; }', 6133],
];
const RIGHT = "import type { Stats } from 'node:fs';\nexport const sizeOf = (stats: Stats) => stats.size;";

describe('settings of the compiler', () => {
  let codes: number[][];
  before(() => {
    // Reads the compiler's own library and Node's types.
    codes = compile([RIGHT, ...FAULTS.map(([, text]) => text)]);
  });

  it('accept what is right', () => expect(codes[0]).to.deep.equal([]));
  FAULTS.forEach(([title, , code], at) => {
    it(`reject ${title}`, () => expect(codes[at + 1]).to.deep.equal([code]));
  });
});

/** The codes of the faults in each text, compiled as a file of src/domain/errors under the project's own settings. */
function compile(texts: readonly string[]): number[][] {
  const planted = new Map(texts.map((text, at) => [`${PROJECT}src/domain/errors/planted-${at}.ts`, text]));
  const { config } = ts.readConfigFile(`${PROJECT}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, PROJECT);
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    getSourceFile: (path, language) => {
      const text = planted.get(path);
      return text === undefined
        ? disk.getSourceFile(path, language)
        : ts.createSourceFile(path, text, language);
    },
  };
  const program = ts.createProgram([...planted.keys()], options, host);
  return [...planted.keys()].map((path) => {
    return ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map(({ code }) => code);
  });
}
