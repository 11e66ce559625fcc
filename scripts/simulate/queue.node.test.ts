import { describe, expect, it } from 'vitest';
import { createEventQueue } from './event-queue.ts';
import { createRandom, exponential } from './random.ts';
import { createStation } from './station.ts';
import { createZipf } from './zipf.ts';

describe('the event queue', () => {
  it('runs a thousand events in the order of time, equal ones as they were put', () => {
    const events = createEventQueue();
    const random = createRandom(1);
    const ran: number[] = [];
    const put = Array.from({ length: 1000 }, (_, turn) => ({
      ms: Math.floor(random() * 50),
      turn,
    }));
    for (const { ms, turn } of put) events.at(ms, () => ran.push(turn));
    events.drain();
    const sorted = put.toSorted((a, b) => a.ms - b.ms || a.turn - b.turn);
    expect(ran).toEqual(sorted.map(({ turn }) => turn));
  });

  it('does not let time run back', () => {
    const events = createEventQueue();
    events.at(5, () => events.at(4, () => undefined));
    expect(() => events.drain()).toThrow('4 is before 5');
  });
});

describe('a station', () => {
  it("keeps Little's law, and M/M/1's mean time, 1 / (mu - lambda)", () => {
    const [lambda, mu, jobs] = [0.7, 1, 200_000];
    const events = createEventQueue();
    const random = createRandom(7);
    const station = createStation(events, {
      servers: 1,
      batchMax: 1,
      waitingMax: Number.POSITIVE_INFINITY,
      batchMs: ([job]) => job?.ms ?? 0,
    });
    let [timeInside, area, changedMs, done] = [0, 0, 0, 0];
    const note = (inside: number) => {
      area += inside * (events.nowMs - changedMs);
      changedMs = events.nowMs;
    };
    const arrive = (left: number) => {
      if (left === 0) return;
      events.at(events.nowMs + exponential(random, lambda), () => {
        const beganMs = events.nowMs;
        note(station.inside);
        const finish = () => {
          note(station.inside + 1);
          timeInside += events.nowMs - beganMs;
          done++;
        };
        station.offer({ ms: exponential(random, mu), done: finish });
        arrive(left - 1);
      });
    };
    arrive(jobs);
    events.drain();
    expect(done).toBe(jobs);
    const mean = timeInside / jobs;
    expect(Math.abs(mean * (mu - lambda) - 1)).toBeLessThan(0.05);
    const [inside, rate] = [area / events.nowMs, jobs / events.nowMs];
    expect(inside).toBeCloseTo(rate * mean, 6);
    expect(Math.abs(station.busyMs / events.nowMs - lambda / mu)).toBeLessThan(0.01);
  });

  it('takes all that waits as one batch, up to its most, and refuses one beyond its line', () => {
    const events = createEventQueue();
    const sizes: number[] = [];
    const batchMs = (jobs: readonly unknown[]) => {
      sizes.push(jobs.length);
      return 10;
    };
    const station = createStation(events, { servers: 1, batchMax: 4, waitingMax: 6, batchMs });
    const taken = Array.from({ length: 8 }, () => station.offer({ ms: 0, done: () => undefined }));
    expect(taken).toEqual([true, true, true, true, true, true, true, false]);
    events.drain();
    expect(sizes).toEqual([1, 4, 2]);
    expect(station.inside).toBe(0);
  });
});

describe("Zipf's law", () => {
  it('is drawn at its frequencies', () => {
    const zipf = createZipf(1000, 0.9);
    const random = createRandom(3);
    const seen = new Float64Array(1000);
    const draws = 400_000;
    for (let i = 0; i < draws; i++) seen[zipf.draw(random)]! += 1;
    for (const rank of [0, 1, 9, 99]) {
      const expected = zipf.probability(rank) * draws;
      // Five standard deviations of a binomial count.
      expect(Math.abs(seen[rank]! - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
    const sum = Array.from({ length: 1000 }, (_, rank) => zipf.probability(rank));
    expect(sum.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(zipf.probability(0) / zipf.probability(9)).toBeCloseTo(10 ** 0.9, 9);
  });
});
