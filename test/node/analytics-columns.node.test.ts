// The columns of our dataset: the table in the code, the documents' and every query's are one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BLOBS, DOUBLES } from '../../src/telemetry/columns.ts';
import { ROOT } from './workers.ts';

describe('docs/analytics.md', () => {
  it('has the table of columns as the code has it', () => {
    const rows = readFileSync(join(ROOT, 'docs/analytics.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| `(blob|double)\d+`/.test(line));
    const row =
      (kind: string) =>
      ({ fact, says }: (typeof BLOBS)[number], i: number) =>
        `| \`${kind}${i + 1}\` | \`${fact}\` | ${says} |`;
    expect(rows).toEqual([...BLOBS.map(row('blob')), ...DOUBLES.map(row('double'))]);
  });
});
