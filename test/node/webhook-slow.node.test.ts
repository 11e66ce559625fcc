import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECEIVER_ATTEMPTS_MAX } from '../../src/webhook/jobs/limits.ts';
import { type Rig, startRig } from './webhook-rig.ts';

const EVENTS_EACH = 30;

describe('a receiver that answers nothing for a long while', () => {
  let rig: Rig;
  const gate = Promise.withResolvers<void>();
  let underWay = 0;
  let underWayMax = 0;
  let begun = 0;

  beforeAll(async () => {
    rig = await startRig({
      async receive(path) {
        if (path !== '/slow') return 204;
        begun += 1;
        underWay += 1;
        underWayMax = Math.max(underWayMax, underWay);
        await gate.promise;
        underWay -= 1;
        return 204;
      },
      sources: (home) => ({
        slow: {
          scheme: 'standard',
          secrets: ['CMS_SECRET'],
          images: '$.images[*]',
          callback: { url: `${home}/slow`, secrets: ['CALLBACK_SECRET'] },
        },
      }),
    });
  });
  afterAll(() => rig.close());

  it('delays no other, and has few attempts under way at once', async () => {
    const payload = { images: [`${rig.home}/picture`] };
    const answers = await Promise.all(
      Array.from({ length: EVENTS_EACH * 2 }, (_, i) =>
        rig.post(`event-${i}`, payload, { source: i % 2 === 0 ? 'slow' : 'cms' }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await expect.poll(() => begun, { timeout: 60_000 }).toBeGreaterThan(0);
    const quick = () => rig.heard.filter(({ path }) => path === '/callback').length;
    await expect.poll(quick, { timeout: 60_000, interval: 50 }).toBe(EVENTS_EACH);
    // More would mean that the first ones have run into their 15 s by now.
    expect(underWayMax).toBeLessThanOrEqual(RECEIVER_ATTEMPTS_MAX);
    gate.resolve();
    const slow = () =>
      new Set(
        rig.heard
          .filter(({ path }) => path === '/slow')
          .map(({ headers }) => headers['webhook-id']),
      ).size;
    await expect.poll(slow, { timeout: 150_000, interval: 200 }).toBe(EVENTS_EACH);
  }, 300_000);
});
