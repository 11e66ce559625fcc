import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { PAGE_OF_ITEMS } from './limits.ts';
import type { Place } from './place.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'razorbill-checkpoint-'));
  path = join(folder, 'deep', 'run.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(service = 'https://a.example.com'): Checkpoint {
  const opened = openCheckpoint(path, service);
  return opened.ok ? opened.value : expect.unreachable(JSON.stringify(opened.failure));
}

const placeOf = (i: number): Place => ({ kind: 'url', at: `https://x/${i}`, key: `${i}` });

describe('a checkpoint', () => {
  it('knows a picture once, and is read page by page in its order', async () => {
    const checkpoint = open();
    const count = 2 * PAGE_OF_ITEMS + 1;
    await checkpoint.inOneCommit(async () => {
      for (let i = 0; i < count; i++) expect(checkpoint.add(placeOf(i))).toBe(true);
    });
    expect(checkpoint.add(placeOf(3))).toBe(false);
    expect(checkpoint.count()).toBe(count);
    const pages = [0, PAGE_OF_ITEMS, 2 * PAGE_OF_ITEMS, count].map((id) => checkpoint.page(id));
    expect(pages.map((page) => page.length)).toEqual([PAGE_OF_ITEMS, PAGE_OF_ITEMS, 1, 0]);
    expect(pages[2]?.[0]?.place).toEqual(placeOf(count - 1));
    checkpoint.close();
  });

  it('keeps what was noted, for that graph alone, without a goodbye', () => {
    const first = open();
    first.add(placeOf(0));
    first.note(1, 'graph-a', 'warmed');
    first.noteDigest(1, 'd'.repeat(64));
    // Not closed: as a killed process leaves it.
    const second = open();
    expect(second.isDone(1, 'graph-a')).toBe(true);
    expect(second.isDone(1, 'graph-b')).toBe(false);
    expect(second.digests()).toEqual([{ url: 'https://x/0', sha256: 'd'.repeat(64) }]);
    first.close();
    second.close();
  });

  it('is of one service', () => {
    open().close();
    expect(openCheckpoint(path, 'https://b.example.com')).toEqual({
      ok: false,
      failure: {
        code: 'checkpoint_of_another_service',
        path,
        service: 'https://a.example.com',
      },
    });
  });

  it('that is another file is refused, and left as it is', () => {
    const other = join(folder, 'photo.jpg');
    writeFileSync(other, 'a photograph, or so it says, and longer than a header of a database is');
    expect(openCheckpoint(other, 'https://a.example.com')).toMatchObject({
      ok: false,
      failure: { code: 'bad_checkpoint' },
    });
  });
});
