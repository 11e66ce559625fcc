import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from './models/commands/paths.ts';

describe('npm start -- --model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-start-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function start(...args: string[]) {
    const command = ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/start.ts')];
    return spawnSync(process.execPath, [...command, ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, RAZORBILL_STATE: folder },
    });
  }

  it.each([
    ['resnet18_8xb32_in1k', 'npm run models -- add resnet18_8xb32_in1k'],
    [
      'birds',
      'npm run models -- add birds --from <checkpoint> --labels <file> --preprocess <library>',
    ],
  ])('prints what adds %s and ends with 2 where nobody can answer', (name, command) => {
    const { status, stdout, stderr } = start('--model', name, 'models/samples/coffee.png');
    expect(stderr).toContain(`${name} is not in the local bucket. This adds it:\n\n  ${command}\n`);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
