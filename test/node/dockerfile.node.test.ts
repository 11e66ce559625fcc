// The image is honest without Docker at hand: the very files that the Dockerfile copies, its
// install step and its command, in an empty folder.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startOriginProcess } from './origin-process.ts';
import { ROOT, readSample } from './workers.ts';

const FILES = ['Dockerfile', 'Dockerfile.cuda'];

/** Lines of the last stage. */
function lastStage(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\\\n(\s*#.*\n)*/g, ' ');
  const lines = text.split('\n').map((line) => line.trim());
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')) + 1);
}

/** Sources of COPY, from the project or from the build stage; the last word is where to. */
function copied(lines: readonly string[], from: 'project' | 'build'): readonly string[] {
  const sources = lines
    .filter((line) => line.startsWith('COPY ') && line.includes('--from=') === (from === 'build'))
    .map((line) => line.split(/\s+/).filter((word) => !word.startsWith('--from')));
  return sources.flatMap((words) => words.slice(1, -1));
}

describe.each(FILES)('%s', (file) => {
  const lines = lastStage(file);

  it('copies what is there, runs as nobody, and says whether it lives', () => {
    for (const path of copied(lines, 'project')) expect(existsSync(join(ROOT, path))).toBe(true);
    expect(lines.find((line) => line.startsWith('USER '))).toMatch(/^USER (node|\d+)$/);
    expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
    const command = lines.find((line) => line.startsWith('CMD ')) ?? '';
    expect(command).toContain('src/container/main.ts');
  });
});

describe('the image', () => {
  it('classifies, made of its files alone', async () => {
    const lines = lastStage('Dockerfile');
    const folder = mkdtempSync(join(tmpdir(), 'razorbill-image-'));
    try {
      for (const path of copied(lines, 'project')) {
        cpSync(join(ROOT, path), join(folder, path), { recursive: true });
      }
      const built = copied(lines, 'build').filter((path) => path.startsWith('/app/'));
      for (const path of built.map((absolute) => absolute.slice('/app/'.length))) {
        cpSync(join(ROOT, path), join(folder, path), { recursive: true });
      }
      const install = lines.find((line) => line.startsWith('RUN '))?.slice('RUN '.length) ?? '';
      expect(install).toBe('npm ci --omit=dev');
      const shell = process.platform === 'win32' ? true : '/bin/sh';
      const done = spawnSync(install, { cwd: folder, shell, encoding: 'utf8' });
      expect(done.status, done.stderr).toBe(0);
      expect(existsSync(join(folder, 'node_modules', 'wrangler'))).toBe(false);
      const origin = await startOriginProcess({}, folder);
      const body = readSample('chelsea.png');
      const response = await fetch(`${origin.url}/v1/classify`, { method: 'POST', body });
      expect(await response.json()).toMatchObject({ pred_label: 3, run: { engine: 'node:cpu' } });
      origin.child.kill('SIGTERM');
      expect(await origin.ended).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
