import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../models/commands/paths.ts';
import { readKeys, readSecretNames } from './key-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'razorbill-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keys(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(ROOT, 'scripts/keys.ts');
  const flags = ['--disable-warning=ExperimentalWarning', script, ...args];
  return spawnSync(process.execPath, flags, { cwd: folder, encoding: 'utf8' });
}

describe('npm run keys', () => {
  it('shows a key once and keeps its hash, beside what else the file has', () => {
    const file = join(folder, '.dev.vars');
    writeFileSync(file, 'ORIGIN_SECRET="x"\n', { mode: 0o600 });
    const { stdout, stderr } = keys('create', 'ci');
    const key = stdout.trim();
    expect(key).toMatch(/^rzb_ci_[\w-]{32}$/);
    const text = readFileSync(file, 'utf8');
    expect(text + stderr).not.toContain(key);
    const sha256 = createHash('sha256').update(key).digest('hex');
    expect(readKeys(file)).toEqual([{ id: 'ci', sha256 }]);
    expect(readSecretNames(file)).toEqual(['ORIGIN_SECRET', 'API_KEYS']);
    expect(keys('list').stdout).toBe(`ci  ${sha256}\n`);
    expect(keys('create', 'ci').status).toBe(1);
  });

  it('keeps the keys of a deployed environment apart, and says how they get there', () => {
    const { stderr } = keys('create', 'ci', '--env', 'production');
    const file = join(folder, '.dev.vars.production');
    expect(stderr).toContain('npx wrangler secret bulk .dev.vars.production --env production');
    expect([existsSync(join(folder, '.dev.vars')), readKeys(file).length]).toEqual([false, 1]);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(keys('revoke', 'ci').status).toBe(1);
    expect(keys('revoke', 'ci', '--env', 'production').status).toBe(0);
    expect(readKeys(file)).toEqual([]);
    // An empty list lets nobody in: the next deployment makes a key.
    expect(readSecretNames(file)).toEqual([]);
  });
});
