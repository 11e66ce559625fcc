// `npm test`: types, style, then every test. Arguments go to vitest (`npm test -- src/image`).
import { spawnSync } from 'node:child_process';

const CHECKS: ReadonlyArray<readonly [what: string, command: string, args: readonly string[]]> = [
  ['Types of the Worker', 'tsc', ['-p', 'tsconfig.json']],
  ['Types of the scripts', 'tsc', ['-p', 'scripts/tsconfig.json']],
  ['Types of the tests', 'tsc', ['-p', 'test/worker/tsconfig.json']],
  ['Lint and format', 'biome', ['check', '--error-on-warnings']],
  ['Tests', 'vitest', ['run', ...process.argv.slice(2)]],
];

for (const [what, command, args] of CHECKS) {
  console.error(`${what} (${command} ${args.join(' ')})`);
  const done = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}
