import { describe, expect, it } from 'vitest';
import { createMemoryTelemetry } from '../../test/worker/memory-telemetry.ts';
import type { Digest } from '../digest.ts';
import { createOrigin } from '../origin/client.ts';
import { FAILURES_IN_A_ROW, OPEN_MS_FIRST } from '../origin/limits.ts';
import { fail, ok } from '../result.ts';
import { watchOrigin } from './watch-origin.ts';

const DIGEST = 'a'.repeat(64) as Digest;

describe('a watched origin', () => {
  it('counts failures by their code, and tells when its breaker opens and closes', async () => {
    const telemetry = createMemoryTelemetry();
    const now = { ms: 1_000_000, well: false };
    const origin = watchOrigin(
      createOrigin({
        dialect: {
          name: 'ours',
          takesPictures: true,
          ask: async () =>
            now.well
              ? ok({ scores: new Float32Array(1), engine: 'node:cpu' })
              : fail({ code: 'origin_malformed' }),
        },
        clock: () => now.ms,
        random: () => 0,
        attemptMsMax: 1000,
        hedging: false,
      }),
      telemetry,
    );
    const ask = () =>
      origin.ask({
        model: 'm',
        graph: DIGEST,
        classes: 1,
        picture: { bytes: new Uint8Array(1), sha256: DIGEST },
        tensor: async () => fail({ code: 'unused' }),
        deadlineMsEpoch: now.ms + 1000,
      });
    const breakers = () =>
      telemetry.lines.map(({ level, event, fields }) => [level, event, fields.code]);

    for (let i = 0; i < FAILURES_IN_A_ROW; i++) await ask();
    expect(telemetry.counted('origin_failures')).toBe(FAILURES_IN_A_ROW);
    expect(breakers()).toEqual([['warn', 'origin_breaker', 'origin_resting']]);
    expect(origin.look().state).toBe('resting');

    now.ms += OPEN_MS_FIRST;
    now.well = true;
    expect((await ask()).ok).toBe(true);
    expect(breakers()).toHaveLength(2);
    expect(breakers()[1]).toEqual(['info', 'origin_breaker', 'origin_ready']);
    expect(telemetry.counted('origin_failures')).toBe(FAILURES_IN_A_ROW);
  });
});
