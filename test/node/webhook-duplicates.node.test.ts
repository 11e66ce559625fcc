import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './webhook-rig.ts';

const COPIES = 1000;

describe('a thousand copies of one event at once', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it('are one job, one fetch, one inference and one callback', async () => {
    const payload = { images: [`${rig.home}/picture`] };
    const answers = await Promise.all(
      Array.from({ length: COPIES }, () => rig.post('event-1', payload)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const jobs = new Set(
      await Promise.all(answers.map(async (answer) => ((await answer.json()) as Accepted).job)),
    );
    expect(jobs.size).toBe(1);
    const [id = ''] = jobs;
    await expect
      .poll(async () => (await rig.read(id)).callbacks, { timeout: 60_000, interval: 200 })
      .toMatchObject([{ state: 'delivered', attempts: [{ attempt: 1, status: 204 }] }]);
    const job = await rig.read(id);
    expect(job).toMatchObject({ state: 'done', duplicates: COPIES - 1, other_bodies: 0 });
    expect(job.images).toMatchObject([{ status: 'classified' }]);
    // Late messages and the sweep find nothing to do.
    await rig.setClock({ ahead: 3_600_000 });
    await rig.sweep();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // A busy machine may let the one worker's fetch fail: whoever tries again is alone too.
    expect(rig.pictures()).toBeLessThanOrEqual(job.tries);
    expect((await rig.read(id)).tries).toBe(job.tries);
    expect(rig.heard).toHaveLength(1);
  });
});

interface Accepted {
  readonly job: string;
}
