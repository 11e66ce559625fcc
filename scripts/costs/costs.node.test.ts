import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../src/classify/cost.ts';
import { cardSchema, type ModelCard } from '../../src/model/card.ts';
import { FIGURES } from './figures.ts';
import { breakEvenCpuMs, eventCost, millionCost } from './million.ts';
import { PRICES } from './prices.ts';

const ROOT = join(import.meta.dirname, '../..');
const LARGE = readCard('resnet50_keras_in1k');

function readCard(name: string): ModelCard {
  return cardSchema.parse(JSON.parse(readFileSync(join(ROOT, 'models', `${name}.json`), 'utf8')));
}

function run(...given: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(ROOT, 'scripts/costs.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, ...given];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('npm run costs', () => {
  it('prints what docs/costs.md shows', () => {
    const page = readFileSync(join(ROOT, 'docs/costs.md'), 'utf8');
    const shown = /<!-- npm run costs -->\n\n([\s\S]*?)\n\n<!-- end -->/.exec(page)?.[1];
    expect(run().stdout.trimEnd()).toBe(shown);
  });

  it('prints the models that are named, and refuses others', () => {
    const one = run('resnet18_8xb16_cifar10');
    expect(one.stdout).toContain('| `resnet18_8xb16_cifar10` | edge | 0 % |');
    expect(one.stdout).not.toContain('resnet50_keras_in1k');
    expect(run('resnet19').status).toBe(2);
    expect(run('resnet19').stderr).toContain('resnet19');
  });

  it('takes an inference of your own measuring, at its bound and not beyond', () => {
    const mine = run(LARGE.name, '--cpu-ms', '62');
    expect(mine.stdout).toContain(`| \`${LARGE.name}\` | edge | 0 % | 0.30 | 1.40 |`);
    expect(run('--cpu-ms', '300000').status).toBe(0);
    for (const wrong of ['300001', '0', '-1', 'fast']) {
      const refused = run(`--cpu-ms=${wrong}`);
      expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--cpu-ms')]);
    }
  });

  it('has the same figures as data', () => {
    const { millions, prices } = JSON.parse(run('--json', LARGE.name).stdout);
    expect(prices.workersAi.usd).toBe(2.51);
    expect(millions).toHaveLength(8);
    expect(millions[0].usd_per_million.all).toBeCloseTo(millionCost(LARGE, 'edge', 0)?.all ?? 0);
  });
});

describe('a million pictures', () => {
  const at = (kept: number, place: 'edge' | 'origin' = 'edge') =>
    millionCost(LARGE, place, kept) ?? expect.unreachable();

  it('cost what their CPU and their requests do, by hand', () => {
    // 102.5 of the card, 5.8 to decode, 2 for the look-up: $0.02 a million of them.
    expect(at(0).cpu).toBeCloseTo((102.5 + 5.8 + 2) * 0.02);
    expect(at(0).all).toBeCloseTo(at(0).cpu + 0.3);
    expect(at(1).all).toBeCloseTo(costOf(LARGE, 'simd', false)?.usd_per_million ?? 0);
  });

  it('cost less the more are kept, everywhere', () => {
    for (const place of ['edge', 'origin'] as const) {
      const all = [0, 0.5, 0.9, 0.99].map((kept) => at(kept, place).all);
      expect(all).toEqual(all.toSorted((a, b) => b - a));
      expect(new Set(all).size).toBe(4);
    }
  });

  it('cost an origin its hours: 38.1 a second at 70 % is 10.4 of them', () => {
    expect(at(0, 'origin').origin).toBeCloseTo(10.415 * 0.216, 2);
    expect(at(0, 'origin').cpu).toBeLessThan(at(0).cpu);
  });

  it('cost the worldwide tier two writes and two reads a computed one', () => {
    const storage = (2e6 * 4400 * PRICES.r2Storage.usd) / 1e9;
    expect(at(0).worldwide - at(0).all).toBeCloseTo(2 * 4.5 + 2 * 0.36 + storage);
    expect(at(1).worldwide - at(1).all).toBeCloseTo(0.36);
  });

  it('cost what Workers AI does where an inference takes 125.5 CPU-ms', () => {
    expect(breakEvenCpuMs()).toBeCloseTo(125.5);
    const inference = breakEvenCpuMs() - FIGURES.decodeCpuMs;
    const slow = { ...LARGE, cost: LARGE.cost.map((one) => ({ ...one, cpu_ms: inference })) };
    const cost = millionCost(slow, 'edge', 0);
    expect(cost?.all).toBeCloseTo(cost?.workersAi ?? 0);
  });

  it('have no cost where nobody measured', () => {
    const unknown = { ...LARGE, name: 'new', cost: [] };
    expect(millionCost(unknown, 'edge', 0)).toBeUndefined();
    expect(millionCost(unknown, 'origin', 0)).toBeUndefined();
    expect(eventCost(unknown)).toBeUndefined();
  });
});

describe('a million events', () => {
  it('are D1 for the most part', () => {
    const cost = eventCost(LARGE) ?? expect.unreachable();
    expect(cost.d1).toBeCloseTo(28 + 0.031);
    expect(cost.queues).toBeCloseTo(2 * 3 * 0.4);
    expect(cost.all).toBeCloseTo(cost.requests + cost.cpu + cost.queues + cost.d1);
    expect(cost.d1 / cost.all).toBeGreaterThan(0.5);
  });
});
