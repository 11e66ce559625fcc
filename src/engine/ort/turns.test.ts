import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('turns', () => {
  it('work overlaps nothing and keeps the order of asking', async () => {
    const turns = createTurns(10, 1000);
    const events: string[] = [];
    const job = (name: string) =>
      turns.take(1, async () => {
        events.push(`${name} begins`);
        await Promise.resolve();
        events.push(`${name} ends`);
        return name;
      });
    expect(await Promise.all([job('a'), job('b'), job('c')])).toEqual(['a', 'b', 'c']);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('a failure reaches its own caller and nobody else', async () => {
    const turns = createTurns(10, 1000);
    const failing = turns.take(1, () => Promise.reject(new Error('trap')));
    const next = turns.take(1, async () => 'fine');
    await expect(failing).rejects.toThrow('trap');
    expect(await next).toBe('fine');
  });

  it('the line takes its weight exactly, and not one more', async () => {
    const turns = createTurns(10, 1000);
    const { opened, open } = gate();
    const first = turns.take(4, () => opened);
    const second = turns.take(6, async () => 'second');
    expect(await turns.take(1, async () => 'third')).toBe('line_full');
    open();
    await first;
    expect(await second).toBe('second');
    expect(await turns.take(10, async () => 'later')).toBe('later');
  });

  it('one that never settles is passed over, and its weight comes back', async () => {
    const turns = createTurns(10, 20);
    void turns.take(9, () => new Promise<void>(() => {}));
    expect(await turns.take(1, async () => 'after')).toBe('after');
    expect(await turns.take(9, async () => 'again')).toBe('again');
  });
});
