// `npm run warmup -- --url https://… photos/`: fills a service's kept answers before anybody asks.
import { printFailure, printResult } from './models/commands/outcome.ts';
import { describe, exitCodeOf, toReport } from './warmup/report.ts';
import { runWarmup } from './warmup/run-warmup.ts';
import { HELP, readSettings } from './warmup/settings.ts';

/** A bar that is being drawn makes room, and is drawn again below. */
const CLEAR = process.stderr.isTTY ? '\r\u001b[K' : '';
const tell = (line: string): void => console.error(`${CLEAR}${line}`);

const settings = readSettings(process.argv.slice(2), process.env);
if (!settings.ok) {
  console.error(`${settings.failure.message}\n\n${HELP}`);
  process.exitCode = 2;
} else if (settings.value === 'help') console.log(HELP);
else {
  const outcome = await runWarmup(settings.value, tell);
  if (outcome.ok) {
    printResult(settings.value.json, toReport(outcome.value), describe(outcome.value));
    process.exitCode = exitCodeOf(outcome.value);
  } else printFailure(settings.value.json, outcome.failure);
}
