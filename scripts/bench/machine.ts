import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { arch, cpus, platform } from 'node:os';

/** Where a figure comes from: without these it cannot be compared with another. */
export interface Provenance {
  readonly commit: string;
  readonly machine: string;
  readonly runtime: string;
  readonly date: string;
}

export function provenance(): Provenance {
  const [first] = cpus();
  const { version } = createRequire(import.meta.url)('workerd/package.json') as {
    version: string;
  };
  return {
    commit: readCommit(),
    machine: `${cpus().length} x ${first?.model.trim() ?? 'unknown'}, ${platform()} ${arch()}`,
    runtime: `workerd ${version}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** A `+` says that the sources were not those of the commit. */
function readCommit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', 'src') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return 'no git here';
  }
}
