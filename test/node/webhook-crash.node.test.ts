import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, readEvent, startRig } from './webhook-rig.ts';

// Enough that each kill meets work, however much is done before it is noticed.
const EVENTS = 80;
const KILLS = 3;
const HOUR_MS = 3_600_000;

describe('a workerd that is killed in the middle of its work, again and again', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      // Long enough that a kill meets attempts under way.
      receive: () => new Promise((resolve) => setTimeout(() => resolve(204), 20)),
    });
  });
  afterAll(() => rig.close());

  it('loses no job, and gives each result to its receiver', async () => {
    const jobs: string[] = [];
    for (let sent = 0; sent < EVENTS; sent += 8) jobs.push(...(await postEvents(sent, 8)));
    for (let kills = 0; kills < KILLS; kills++) {
      const before = rig.heard.length;
      await expect
        .poll(() => rig.heard.length, { timeout: 60_000, interval: 5 })
        .toBeGreaterThan(before);
      expect(rig.heard.length).toBeLessThan(EVENTS);
      await rig.killAndStart();
      // Queues have forgotten everything; holds of the dead run out.
      await rig.setClock({ ahead: (kills + 1) * HOUR_MS });
      await rig.sweep();
    }
    await expect
      .poll(async () => (await delivered(jobs)).length, { timeout: 120_000, interval: 500 })
      .toBe(EVENTS);
    const heard = new Map<string, number>();
    for (const callback of rig.heard) {
      const { data } = readEvent(callback) as { data: { job: string } };
      heard.set(data.job, (heard.get(data.job) ?? 0) + 1);
    }
    expect(new Set(heard.keys())).toEqual(new Set(jobs));
    // Twice only where we died between the receiver's answer and its record: under one id.
    const ids = rig.heard.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(EVENTS);
    expect(ids.length - EVENTS).toBeLessThanOrEqual(KILLS * 10);
  }, 300_000);

  async function postEvents(first: number, count: number): Promise<readonly string[]> {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        rig.post(`event-${first + i}`, { images: [`${rig.home}/picture/${first + i}`] }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(202));
    return Promise.all(answers.map(async (answer) => ((await answer.json()) as Accepted).job));
  }

  async function delivered(jobs: readonly string[]): Promise<readonly string[]> {
    const documents = await Promise.all(jobs.map((job) => rig.read(job)));
    return documents
      .filter(({ state, callbacks }) => state === 'done' && callbacks[0]?.state === 'delivered')
      .map(({ id }) => id);
  }
});

interface Accepted {
  readonly job: string;
}
