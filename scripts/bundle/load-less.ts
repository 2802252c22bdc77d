import { readFile } from 'node:fs/promises';
import http2 from 'node:http2';
import type { Plugin } from 'rolldown';

/** What packages do while they are loaded, and a start does not need: each costs it some milliseconds. */

/**
 * Node's own modules that are taken without importing them, with the text of what stands for each. An import reads all that
 * the module exports, and some of that is loaded or opened when it is read.
 */
const TAKEN: Readonly<Record<string, string>> = {
  // WebSocket is among it, for which Node loads all of undici: 20 ms of processor time.
  http: "module.exports = process.getBuiltinModule('node:http');",
  // The standard streams are among it: 5 ms.
  process: 'module.exports = process;',
  // got reads its numbers, and uses the rest where a request is for HTTP/2, which none is: 9 ms.
  http2: `module.exports = {
    constants: ${JSON.stringify(http2.constants)},
    get connect() { return process.getBuiltinModule('node:http2').connect; },
    get Http2ServerResponse() { return process.getBuiltinModule('node:http2').Http2ServerResponse; },
  };`,
};

const WITHOUT_IMPORT = 'without-import:';

/** Stands for Node's modules above. */
const modulesWithoutImport: Plugin = {
  name: 'modules-without-import',
  resolveId: {
    filter: { id: /^(node:)?(http|http2|process)$/ },
    handler: (id) => WITHOUT_IMPORT + id.replace('node:', ''),
  },
  load: {
    filter: { id: new RegExp(`^${WITHOUT_IMPORT}`) },
    handler: (id) => TAKEN[id.slice(WITHOUT_IMPORT.length)],
  },
};

/** The list of media types is made four times as fast from a text as from the code of an object. */
const mediaTypesAsText: Plugin = {
  name: 'media-types-as-text',
  load: {
    filter: { id: /mime-db[\\/]db\.json$/ },
    handler: async (id) => {
      const types: unknown = JSON.parse(await readFile(id, 'utf8'));
      const code = `module.exports = JSON.parse(${JSON.stringify(JSON.stringify(types))});`;
      return { code, moduleType: 'js' };
    },
  },
};

/**
 * got's checks of types make two formats of lists for their messages, for which the data of all languages are read: 16 ms.
 * Here they are made with the first list.
 */
const listFormatsLater: Plugin = {
  name: 'list-formats-later',
  transform: {
    filter: { id: /@sindresorhus[\\/]is[\\/].*index\.js$/ },
    handler: (code) => ({
      code: code.replaceAll(
        /new Intl\.ListFormat\((.*)\)/g,
        '{ format: (list) => new Intl.ListFormat($1).format(list) }',
      ),
    }),
  },
};

export const LOAD_LESS = [modulesWithoutImport, mediaTypesAsText, listFormatsLater];
