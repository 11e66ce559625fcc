import { beforeAll, describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/webhook/jobs/store.ts';
import { makeJobTable } from '../job-table.ts';
import { makeWorld, NEW_SECRET, OLD_SECRET, type Signed } from '../job-world.ts';

const EVENT = { images: ['https://images.example.com/1.png'] };
const UNKNOWN_SECRET = `whsec_${btoa('z'.repeat(32))}`;

const TIMES: ReadonlyArray<readonly [name: string, signed: Signed, verdict: string]> = [
  ['301 s old', { offsetSeconds: -301 }, 'webhook_unauthorized'],
  ['300 s old', { offsetSeconds: -300 }, 'new'],
  ['of now', { offsetSeconds: 0 }, 'new'],
  ['300 s ahead', { offsetSeconds: 300 }, 'new'],
  ['301 s ahead', { offsetSeconds: 301 }, 'webhook_unauthorized'],
];

describe('signed events and the clock', () => {
  let store: JobStore;

  beforeAll(async () => {
    ({ store } = await makeJobTable());
  });

  it.each(TIMES)('an event %s', async (name, signed, verdict) => {
    const world = await makeWorld(store);
    const id = name.replaceAll(' ', '-');
    const accepted = await world.send(id, EVENT, signed);
    expect(accepted.ok ? accepted.value.as : accepted.failure.code).toBe(verdict);
    const jobs = await store.list({ limit: 100 });
    expect(jobs.filter(({ messageId }) => messageId === id)).toHaveLength(
      verdict === 'new' ? 1 : 0,
    );
  });

  it('milliseconds are no seconds', async () => {
    const world = await makeWorld(store);
    const accepted = await world.send('ms', EVENT, { timestamp: world.nowMs() });
    expect(accepted).toMatchObject({ ok: false, failure: { code: 'webhook_unauthorized' } });
  });

  it('a secret that is rotated under load loses no event', { timeout: 60_000 }, async () => {
    const world = await makeWorld(store);
    const secretAt = (i: number) => (i < 80 ? OLD_SECRET : i < 160 ? NEW_SECRET : UNKNOWN_SECRET);
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        world.send(`rotated-${i}`, EVENT, { secret: secretAt((i * 77) % 200) }),
      ),
    );
    const fits = verdicts.map((_, i) => secretAt((i * 77) % 200) !== UNKNOWN_SECRET);
    expect(verdicts.map(({ ok }) => ok)).toEqual(fits);
    await world.run(world.nowMs() + 60_000);
    const told = world.heard.map(({ body }) => String(JSON.parse(body).data.message_id));
    expect(told.filter((id) => id.startsWith('rotated-'))).toHaveLength(160);
  });
});
