// What is deployed is downloaded, parsed and compiled by every isolate that starts: its size is a
// budget that no machine's load can move.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundleWorker } from '../../scripts/workerd/bundle.ts';
import { SCRIPT_BYTES_MAX, UPLOAD_BYTES_MAX } from '../../scripts/workerd/bundle-budget.ts';

describe('the main Worker', () => {
  it('stays small', () => {
    const folder = mkdtempSync(join(tmpdir(), 'razorbill-bundle-'));
    try {
      const [entry, ...modules] = bundleWorker('wrangler.toml', join(folder, 'main'));
      if (entry === undefined) return expect.unreachable();
      expect(Buffer.byteLength(entry.contents)).toBeLessThan(SCRIPT_BYTES_MAX);
      const gzipped = [entry, ...modules].map(({ contents }) => gzipSync(contents).length);
      const upload = gzipped.reduce((sum, bytes) => sum + bytes, 0);
      expect(upload).toBeLessThan(UPLOAD_BYTES_MAX);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
