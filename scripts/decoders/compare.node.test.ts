import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cardSchema } from '../../src/model/card.ts';
import { cannotCompare, compareDecoders } from './compare.ts';
import { compareSharp } from './compare-sharp.ts';

const reason = cannotCompare();
if (reason !== undefined) console.error(`Reference decoder: skipped, ${reason}`);

// All 750 photographs: npm run compare:decoders.
describe.skipIf(reason !== undefined)('classified from the reference decoder’s pixels', () => {
  it.each([
    ['resnet50_keras_in1k', 4],
    ['resnet18_8xb16_cifar10', 25],
  ])('%s says the same of %i photographs', async (model, pictures) => {
    const compared = await compareDecoders(model, pictures);
    expect(compared).toEqual({ model, pictures, otherPixels: [], otherLogits: [] });
  });
});

describe('beside sharp', () => {
  it('a photograph without a colour profile has the same crop, one with it another', async () => {
    const card = cardSchema.parse(
      JSON.parse(readFileSync('models/resnet50_keras_in1k.json', 'utf8')),
    );
    const [plain, profiled] = ['models/samples/coffee.png', 'models/samples/rocket.jpg'];
    const compared = await compareSharp(card.preprocess, [plain, profiled]);
    expect(compared).toMatchObject({ pictures: 2, otherPixels: [profiled] });
    expect(compared.farthest).toBeGreaterThan(1);
  });
});
