import { describe, expect, it } from 'vitest';
import { cannotCompare, compareDecoders } from './compare.ts';

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
