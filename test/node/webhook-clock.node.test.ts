// Time, through the whole Worker: how old an event may be, secrets that change under load, and one
// callback that real queues bring again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IN_SECRET, type Rig, readEvent, startRig } from './webhook-rig.ts';

const NEW_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const NOW_MS = Date.UTC(2026, 10, 24, 12, 0, 0, 999);
const SECOND = 1000;

const EDGES: ReadonlyArray<readonly [name: string, secondsOff: number, status: number]> = [
  ['301 s old', -301, 401],
  ['300 s old', -300, 202],
  ['of this second', 0, 202],
  ['300 s ahead', 300, 202],
  ['301 s ahead', 301, 401],
  ['in milliseconds', NOW_MS - Math.floor(NOW_MS / SECOND), 401],
];

describe('the clock', () => {
  let rig: Rig;
  let failures = 0;
  beforeAll(async () => {
    rig = await startRig({
      // The callbacks of one event are refused as often as its test says.
      receive: (_path, body) => (body.includes('"retried"') && failures-- > 0 ? 503 : 204),
      sources: (home) => ({
        rotating: {
          scheme: 'standard',
          secrets: ['NEW_SECRET', 'CMS_SECRET'],
          images: '$.images[*]',
          callback: { url: `${home}/callback`, secrets: ['CALLBACK_SECRET'] },
        },
      }),
      vars: { NEW_SECRET },
    });
  });
  afterAll(() => rig.close());

  async function jobOf(answer: Response): Promise<string> {
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { job: string }).job;
  }

  it.each(EDGES)('an event %s: %i s off is answered %i', async (name, secondsOff, status) => {
    await rig.setClock({ at: NOW_MS });
    const atMs = (Math.floor(NOW_MS / SECOND) + secondsOff) * SECOND;
    const answer = await rig.post(`edge-${name.replaceAll(' ', '-')}`, imagesOf(rig), { atMs });
    expect(answer.status).toBe(status);
    // Whoever guesses is not told how close it was.
    if (status === 401) {
      const body = await answer.text();
      expect(JSON.parse(body)).toMatchObject({ code: 'webhook_unauthorized' });
      expect(body).not.toMatch(/timestamp|too_old|too_new|signature_/);
    }
    await rig.setClock({ ahead: 0 });
  });

  it('secrets change under load: what either signed is kept, a third comes not in', async () => {
    const STRANGER = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
    const secrets = [IN_SECRET, NEW_SECRET, STRANGER];
    const posts = Array.from({ length: 150 }, (_, i) =>
      rig.post(`rotation-${i}`, imagesOf(rig), {
        source: 'rotating',
        secret: secrets[i % secrets.length] ?? '',
      }),
    );
    const answers = await Promise.all(posts);
    expect(answers.map(({ status }) => status)).toEqual(
      answers.map((_, i) => (i % secrets.length === 2 ? 401 : 202)),
    );
    const jobs = await Promise.all(answers.filter(({ status }) => status === 202).map(jobOf));
    for (const job of jobs) expect((await rig.settle(job)).state).toBe('done');
    await expect
      .poll(() => jobs.filter((job) => !rig.heard.some(({ body }) => body.includes(job))), {
        timeout: 60_000,
      })
      .toEqual([]);
  });

  it('a receiver that was away is asked again after 5 s, by real queues and no sweep', async () => {
    failures = 1;
    const job = await jobOf(await rig.post('retried', imagesOf(rig)));
    await rig.settle(job);
    const attempts = async () => (await rig.read(job)).callbacks[0]?.attempts ?? [];
    await expect.poll(attempts, { timeout: 40_000 }).toMatchObject([
      { attempt: 1, outcome: 'retry', status: 503 },
      { attempt: 2, outcome: 'delivered', status: 204 },
    ]);
    const [first, second] = await attempts();
    const waitedMs = Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '');
    expect(waitedMs).toBeGreaterThanOrEqual(4500);
    const heard = rig.heard.filter(({ body }) => body.includes(job));
    expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    // One id, two times of signing: a replay of the first is not the second.
    expect(new Set(heard.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(2);
    for (const callback of heard) readEvent(callback);
  });
});

function imagesOf(rig: Rig): object {
  return { images: [`${rig.home}/picture`] };
}
