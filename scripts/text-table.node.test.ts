import { describe, expect, it } from 'vitest';
import { megabytes, textTable } from './text-table.ts';

describe('a table', () => {
  it('has names to the left and numbers to the right', () => {
    const table = textTable(
      ['what', 'ms'],
      [
        ['a', '10.5'],
        ['longer', '1.0'],
      ],
    );
    expect(table.split('\n')).toEqual([
      'what      ms',
      '------  ----',
      'a       10.5',
      'longer   1.0',
    ]);
  });

  it('counts megabytes in millions', () => {
    expect(megabytes(127_960_000)).toBe('128.0');
  });
});
