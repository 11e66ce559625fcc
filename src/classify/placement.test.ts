import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePlacement, EDGE_WAIT_MS_MAX, type PlacementFacts } from './placement.ts';

const USUAL: PlacementFacts = {
  wish: 'auto',
  model: 'auto',
  origin: 'ready',
  originTakesPictures: true,
  session: 'resident',
  picture: 'fits',
  edgeWaitMs: 0,
  leftMs: 10_000,
};
const ALONE = { origin: 'none' } as const;
const RESTING = { origin: 'resting' } as const;
const OIP = { originTakesPictures: false } as const;
const LARGE_MODEL = { session: 'too_large' } as const;
const LARGE_PICTURE = { picture: 'too_large' } as const;

type Case = readonly [name: string, facts: Partial<PlacementFacts>, placed: string];

const CASES: readonly Case[] = [
  ['a resident model and nothing before it stays', {}, 'edge: resident'],
  ['a cold isolate does not make the caller wait', { session: 'cold' }, 'origin: cold'],
  ['a model that no isolate holds goes', LARGE_MODEL, 'origin: model_too_large'],
  ['a picture that is not decoded here goes', LARGE_PICTURE, 'origin: picture_too_large'],
  ['a short queue is waited for', { edgeWaitMs: EDGE_WAIT_MS_MAX }, 'edge: resident'],
  ['a longer one is not', { edgeWaitMs: EDGE_WAIT_MS_MAX + 1 }, 'origin: busy'],
  ['a queue beyond the deadline is not', { edgeWaitMs: 50, leftMs: 40 }, 'origin: busy'],
  ['the card may keep its model here', { model: 'edge', session: 'cold' }, 'edge: model_setting'],
  ['the card may send its model away', { model: 'origin' }, 'origin: model_setting'],
  ['the caller may ask for the edge', { wish: 'edge', model: 'origin' }, 'edge: asked'],
  ['the caller may ask for the origin', { wish: 'origin', model: 'edge' }, 'origin: asked'],
  ['… and is told when there is none', { wish: 'origin', ...ALONE }, 'refuse: no_origin'],
  ['… and is served here while it rests', { wish: 'origin', ...RESTING }, 'edge: origin_resting'],
  ['without an origin all stays', { ...ALONE, session: 'cold' }, 'edge: no_origin'],
  ['… what fits nowhere fails here, named', { ...ALONE, ...LARGE_PICTURE }, 'edge: no_origin'],
  ['while the origin rests all stays', { ...RESTING, session: 'cold' }, 'edge: origin_resting'],
  ['… what cannot is refused', { ...RESTING, ...LARGE_MODEL }, 'refuse: origin_resting'],
  ['tensors need pixels', { ...OIP, ...LARGE_PICTURE }, 'edge: origin_cannot'],
  ['tensors of a large model go', { ...OIP, ...LARGE_MODEL }, 'origin: model_too_large'],
];

describe('choosePlacement', () => {
  it.each(CASES)('%s', (_name, facts, placed) => {
    const { to, because } = choosePlacement({ ...USUAL, ...facts });
    expect(`${to}: ${because}`).toBe(placed);
  });

  it('never sends to an origin that is not ready, nor refuses what the edge can do', () => {
    const place = fc.constantFrom('edge', 'origin', 'auto') as fc.Arbitrary<PlacementFacts['wish']>;
    const facts: fc.Arbitrary<PlacementFacts> = fc.record({
      wish: place,
      model: place,
      origin: fc.constantFrom('none', 'resting', 'ready'),
      originTakesPictures: fc.boolean(),
      session: fc.constantFrom('resident', 'cold', 'too_large'),
      picture: fc.constantFrom('fits', 'too_large'),
      edgeWaitMs: fc.integer({ min: 0, max: 60_000 }),
      leftMs: fc.integer({ min: 0, max: 60_000 }),
    });
    fc.assert(
      fc.property(facts, (given) => {
        const { to, because } = choosePlacement(given);
        if (to === 'origin') {
          expect(given.origin).toBe('ready');
          expect(given.originTakesPictures || given.picture === 'fits').toBe(true);
        }
        const canEdge = given.session !== 'too_large' && given.picture === 'fits';
        if (to === 'refuse' && because !== 'no_origin') expect(canEdge).toBe(false);
        if (given.wish === 'edge') expect(to).toBe('edge');
      }),
    );
  });
});
