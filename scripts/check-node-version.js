// Runs before `npm start` and `npm test`. Plain JavaScript that any Node understands: an older one would
// otherwise stop at the first TypeScript file with a message that helps nobody.
const required = 24;
const found = Number(process.versions.node.split('.')[0]);
if (found < required) {
  console.error(
    `This needs Node ${required} or newer, and this is Node ${process.versions.node}. ` +
      'Run `npm ci` (it brings its own Node as a development dependency), or install a newer Node.',
  );
  process.exitCode = 1;
}
