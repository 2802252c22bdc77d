/** `npm run -s sign-url -- --help` says what it does: the same as `thumbnailer sign`. */
import { UsageError, runCommand } from '../src/cli/command.ts';
import { signCommand } from '../src/cli/sign.ts';

try {
  process.exitCode = await runCommand(signCommand, {
    title: 'npm run -s sign-url --',
    args: process.argv.slice(2),
    environment: process.env,
  });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`sign-url: ${error.message}`);
  process.exitCode = 1;
}
