import { beforeAll, describe, expect, it } from 'vitest';
import { toFloatGraph } from '../graph/float-graph.ts';
import type { ChannelStatistics } from '../network/statistics.ts';
import { statisticsOf } from '../network/statistics.ts';
import { PREPROCESS } from '../pictures/standard.ts';
import { DEFAULT_OPTIONS, quantizeDataFree } from '../quantize/pipeline.ts';
import { noisePictures } from '../testing/networks.ts';
import { TINY_SIDE, tinyNetwork } from '../testing/tiny-network.ts';
import { expectActivations } from './expect.ts';
import { inputBounds } from './input-bounds.ts';
import { type Observations, observeActivations } from './observe.ts';
import { chooseRange } from './range.ts';

const NETWORK = tinyNetwork(1);
const MODEL = toFloatGraph(NETWORK, TINY_SIDE, TINY_SIDE);
const INPUT = inputBounds(PREPROCESS.cifar10!);
const CONVOLUTIONS = NETWORK.layers.filter((layer) => layer.op === 'conv');
const SUMS = new Map(
  CONVOLUTIONS.map(({ name, relu }) => [name, relu ? `${name}.sum` : name] as const),
);
const NAMES = ['input', 'stem', 'layer1.0.conv1', 'layer1.0', 'layer2.0.conv1', 'layer2.0', 'pool'];

/** What batch norms of this network would have noted: measured here, over noise. */
let statistics: Map<string, ChannelStatistics>;
let observed: Observations;
beforeAll(async () => {
  const noise = noisePictures(32, TINY_SIDE);
  const seen = await observeActivations(MODEL, [...SUMS.values()], noise);
  observed = await observeActivations(MODEL, NAMES, noise);
  statistics = new Map(
    [...SUMS].map(([layer, sum]) => {
      const { channelMeans, histogram } = seen.get(sum)!;
      const mean = Float32Array.from(channelMeans);
      // Channels of random weights are spread alike: the tensor's own spread serves each.
      const reach = (histogram.max - histogram.min) / 8;
      return [layer, { mean, deviation: mean.map(() => reach) }];
    }),
  );
});

describe('statistics of a batch norm', () => {
  it('are its shift and scale, less what epsilon takes', () => {
    const { mean, deviation } = statisticsOf({
      scale: Float32Array.of(-2, 3),
      shift: Float32Array.of(0.5, -1),
      mean: Float32Array.of(9, 9),
      variance: Float32Array.of(1, 0),
    });
    expect([...mean]).toEqual([0.5, -1]);
    expect(deviation[0]).toBeCloseTo(2, 4);
    expect(deviation[1]).toBe(0);
  });
});

describe('expected activations', () => {
  it('hold what is seen, and not much more', () => {
    const expected = expectActivations(MODEL, NAMES, { statistics, input: INPUT });
    if (!expected.ok) throw new Error(expected.failure.code);
    expect([...expected.value.keys()]).toEqual(NAMES);
    for (const name of NAMES.slice(1)) {
      const { histogram, height, width } = expected.value.get(name)!;
      const seen = observed.get(name)!;
      const [guess, real] = [histogram, seen.histogram].map((one) => chooseRange(one, 'min-max'));
      expect(guess!.high, name).toBeGreaterThan(real!.high);
      expect(guess!.high, name).toBeLessThan(10 * real!.high);
      expect(guess!.low, name).toBe(0);
      expect([height, width], name).toEqual([seen.height, seen.width]);
    }
  });

  it('of the picture are what pixels can be', () => {
    const expected = expectActivations(MODEL, ['input'], { statistics, input: INPUT });
    if (!expected.ok) throw new Error(expected.failure.code);
    const { low, high } = chooseRange(expected.value.get('input')!.histogram, 'min-max');
    expect(low).toBeCloseTo(-125.307 / 51.5865, 5);
    expect(high).toBeCloseTo((255 - 113.8575) / 51.255, 5);
  });

  it('need the statistics of every convolution, and name the one without', () => {
    statistics.delete('layer2.0.downsample');
    const result = quantizeDataFree(MODEL, { statistics, input: INPUT }, DEFAULT_OPTIONS);
    expect(result).toMatchObject({
      failure: { code: 'no_statistics', layer: 'layer2.0.downsample' },
    });
  });
});
