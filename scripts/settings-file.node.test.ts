import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { writeSettings } from './settings-file.ts';

describe('a file of settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-settings-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('holds JSON as it is, expands nothing, and is for its owner alone', () => {
    const values = { SOURCES: '{"images":"$.a[*]","x":"$HOME"}', QUOTED: "it's" };
    const path = writeSettings(join(folder, 'new'), values);
    const read = parseEnv(readFileSync(path, 'utf8'));
    expect(read.SOURCES?.replaceAll('\\$', '$')).toBe(values.SOURCES);
    expect(read.SOURCES).not.toMatch(/[^\\]\$/);
    expect(read.QUOTED).toBe(values.QUOTED);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
