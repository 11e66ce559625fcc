// Acceptance of cascades: ResNet-50 at 160 and at 224. Its first stage is made by the command in
// docs/models.md and is not part of the repository.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readyFolder } from '../add/added-model.ts';
import { CACHE, ROOT } from '../commands/paths.ts';
import { runModels } from '../testing/command.ts';
import type { FittedCascade } from './fit.ts';

const FIRST = 'resnet50_keras_in1k_160';
const LAST = 'resnet50_keras_in1k';
const IMAGES = join(ROOT, '..', 'shared', 'data', 'imagenet-val');

const there = existsSync(IMAGES) && existsSync(join(readyFolder(CACHE, FIRST), `${FIRST}.json`));
if (!there) console.error(`The cascade on ImageNet: skipped, no ${FIRST} in .cache or no pictures`);

describe.skipIf(!there)('ResNet-50 at 160, then at 224', () => {
  it('costs 80 % of the second stage and loses two pictures at most', async () => {
    const args = ['cascade', LAST, '--stages', `${FIRST},${LAST}`, '--images', IMAGES, '--json'];
    const ended = await runModels(args, {});
    expect(ended.code, ended.stderr).toBe(0);
    const { pictures, tested, last, stages } = JSON.parse(ended.stdout) as FittedCascade;
    expect(pictures).toEqual({ fitted: 250, tested: 250 });
    expect(last.tested - tested.right).toBeLessThanOrEqual(2);
    expect(tested.meanMacs / stages[1]!.macs).toBeLessThanOrEqual(0.8);
    for (const { nll } of stages) expect(nll.scaled).toBeLessThan(nll.plain);
  }, 600_000);
});
