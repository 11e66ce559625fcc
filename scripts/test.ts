// `npm test`: types, style, then every test. Arguments go to vitest (`npm test -- src/image`).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHECKS: ReadonlyArray<readonly [what: string, command: string, args: readonly string[]]> = [
  ['Types of the Worker', 'tsc', ['-p', 'tsconfig.json']],
  ['Types of the scripts', 'tsc', ['-p', 'scripts/tsconfig.json']],
  ['Types of the pages', 'tsc', ['-p', 'src/page/tsconfig.json']],
  ['Types of the tests', 'tsc', ['-p', 'test/worker/tsconfig.json']],
  ['Lint and format', 'biome', ['check', '--error-on-warnings']],
];

interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

for (const [what, command, args] of CHECKS) {
  const status = run(what, command, args);
  if (status !== 0) process.exit(status);
}
const folder = mkdtempSync(join(tmpdir(), 'razorbill-tests-'));
const results = join(folder, 'results.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const status = run('Tests', 'vitest', ['run', ...reporters, ...process.argv.slice(2)]);
if (existsSync(results)) {
  const counts = JSON.parse(readFileSync(results, 'utf8')) as Counts;
  const { numPassedTests, numFailedTests, numPendingTests } = counts;
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
}
rmSync(folder, { recursive: true });
process.exit(status);

function run(what: string, command: string, args: readonly string[]): number {
  console.error(`${what} (${command} ${args.join(' ')})`);
  const done = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  return done.status ?? 1;
}
