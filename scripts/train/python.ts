import { spawnSync } from 'node:child_process';

/** Debian's, where python3-torch lives. */
export const PYTHON = '/usr/bin/python3';

/** Why Python cannot be used here: what a skipped test says. Undefined where it can. */
export function missingPython(...modules: readonly string[]): string | undefined {
  const done = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { encoding: 'utf8' });
  if (done.error !== undefined) return `${PYTHON} is absent`;
  return done.status === 0 ? undefined : (done.stderr.trim().split('\n').at(-1) ?? 'no Python');
}
