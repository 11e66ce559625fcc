import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReservations, createShare } from './reservations.ts';

const LIMITS = { bytesMax: 100, waitersMax: 3, waitMsMax: 50 };

async function taken(pool: ReturnType<typeof createReservations>, bytes: number) {
  const result = await pool.take(bytes);
  if (!result.ok) throw new Error(`refused: ${result.failure.code}`);
  return result.value;
}

describe('reservations', () => {
  it('grants what fits at once, to the last byte', async () => {
    const pool = createReservations(LIMITS);
    await taken(pool, 60);
    await taken(pool, 40);
    expect(pool.takenBytes()).toBe(100);
  });

  it('makes the next one wait until bytes come back', async () => {
    const pool = createReservations(LIMITS);
    const release = await taken(pool, 60);
    const second = taken(pool, 41);
    expect(pool.takenBytes()).toBe(60);
    release();
    await second;
    expect(pool.takenBytes()).toBe(41);
  });

  it('does not let a small request overtake a large one that waits', async () => {
    const pool = createReservations(LIMITS);
    const release = await taken(pool, 60);
    const order: string[] = [];
    const large = taken(pool, 80).then((r) => {
      order.push('large');
      r();
    });
    const small = taken(pool, 10).then(() => order.push('small'));
    release();
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
  });

  it('refuses after the wait, says when to come back, and lets the ones behind go on', async () => {
    const pool = createReservations(LIMITS);
    await taken(pool, 60);
    const large = pool.take(80);
    const small = pool.take(10);
    expect(await large).toEqual({
      ok: false,
      failure: { code: 'overloaded', retryAfterSeconds: 1 },
    });
    expect((await small).ok).toBe(true);
  });

  it('refuses at once when too many wait already', async () => {
    const pool = createReservations({ ...LIMITS, waitMsMax: 60_000 });
    const release = await taken(pool, 100);
    const waiting = [pool.take(1), pool.take(1), pool.take(1)];
    expect((await pool.take(1)).ok).toBe(false);
    release();
    expect((await Promise.all(waiting)).every((r) => r.ok)).toBe(true);
  });

  it('counts a double release once', async () => {
    const pool = createReservations(LIMITS);
    const release = await taken(pool, 30);
    release();
    release();
    expect(pool.takenBytes()).toBe(0);
  });

  it('treats a request beyond the pool as a bug', async () => {
    await expect(createReservations(LIMITS).take(101)).rejects.toThrow(RangeError);
  });

  it('never holds more than the pool, whatever the order of takes and releases', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.boolean()), { maxLength: 40 }),
        async (steps) => {
          const pool = createReservations({ ...LIMITS, waitMsMax: 0 });
          const held: Array<() => void> = [];
          for (const [bytes, letGo] of steps) {
            const result = await pool.take(bytes);
            if (result.ok) held.push(result.value);
            expect(pool.takenBytes()).toBeLessThanOrEqual(100);
            if (letGo) held.pop()?.();
          }
          for (const release of held) release();
          expect(pool.takenBytes()).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a share of a pool', () => {
  it('takes from the pool, and counts its own part once', async () => {
    const pool = createReservations({ bytesMax: 100, waitersMax: 0, waitMsMax: 10 });
    const share = createShare(pool);
    const other = await pool.take(30);
    const own = await share.take(70);
    expect([share.takenBytes(), pool.takenBytes()]).toEqual([70, 100]);
    expect(await share.take(1)).toMatchObject({ failure: { code: 'overloaded' } });
    if (own.ok) for (let i = 0; i < 2; i++) own.value();
    expect([share.takenBytes(), share.peakBytes(), pool.takenBytes()]).toEqual([0, 70, 30]);
    if (other.ok) other.value();
    expect(pool.takenBytes()).toBe(0);
  });
});
