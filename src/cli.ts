#!/usr/bin/env node
// Nothing is imported before the version is known: an older Node would fail at the first file with a message that helps nobody.
const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(
    `thumbnailer: Node ${OLDEST_NODE} or newer is needed, and this is ${process.versions.node}.\n`,
  );
  process.exitCode = 2;
} else {
  const { runCommandLine } = await import('./cli/command-line.ts');
  await runCommandLine(process.argv.slice(2), process.env);
}
export {};
