import fc from 'fast-check';
import { GifWriter } from 'omggif';
import { describe, expect, it } from 'vitest';
import { decodeGif } from './gif.ts';
import { inspectImage } from './image.ts';

const PALETTE = Array.from({ length: 256 }, (_, i) => (i << 16) | ((255 - i) << 8) | (i ^ 0x55));

interface Options {
  readonly screen?: readonly [number, number];
  readonly place?: readonly [number, number];
  readonly transparent?: number;
}

/** Encoded by omggif, which shares nothing with our decoder. */
function gif(width: number, height: number, indexes: number[], options: Options = {}): Uint8Array {
  const [screenWidth, screenHeight] = options.screen ?? [width, height];
  const [left, top] = options.place ?? [0, 0];
  const buffer = new Uint8Array(width * height * 3 + 2000);
  const writer = new GifWriter(buffer, screenWidth, screenHeight, { palette: PALETTE });
  const { transparent } = options;
  const frame = transparent === undefined ? {} : { transparent };
  writer.addFrame(left, top, width, height, indexes, frame);
  return buffer.slice(0, writer.end());
}

function rgba(index: number): number[] {
  const colour = PALETTE[index]!;
  return [colour >> 16, (colour >> 8) & 255, colour & 255, 255];
}

function pixels(bytes: Uint8Array) {
  const decoded = decodeGif(bytes);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.failure));
  return decoded.value;
}

describe('decodeGif', () => {
  it('gives back what was encoded, whatever its size and repetition', () => {
    const edge = fc.integer({ min: 1, max: 90 });
    fc.assert(
      fc.property(edge, edge, fc.integer({ min: 1, max: 256 }), fc.nat(), (w, h, colours, seed) => {
        const indexes = Array.from({ length: w * h }, (_, i) => ((i * i + seed) >>> 3) % colours);
        expect([...pixels(gif(w, h, indexes)).rgba]).toEqual(indexes.flatMap(rgba));
      }),
      { numRuns: 60 },
    );
  });

  it('fills a whole table of codes', () => {
    const indexes = Array.from({ length: 200 * 150 }, (_, i) => (i * 7919 + (i >> 4) * 31) & 255);
    expect([...pixels(gif(200, 150, indexes)).rgba]).toEqual(indexes.flatMap(rgba));
  });

  it('leaves transparent and uncovered pixels clear', () => {
    const bytes = gif(2, 1, [5, 9], { screen: [4, 2], place: [1, 1], transparent: 9 });
    const clear = [0, 0, 0, 0];
    const rows = [clear, clear, clear, clear, clear, rgba(5), clear, clear].flat();
    expect([...pixels(bytes).rgba]).toEqual(rows);
  });

  it('extends a screen that is too small', () => {
    const bytes = gif(3, 2, [1, 2, 3, 4, 5, 6], { screen: [2, 2], place: [1, 1] });
    expect(pixels(bytes)).toMatchObject({ width: 4, height: 3 });
    expect(inspectImage(bytes)).toMatchObject({ value: { width: 4, height: 3 } });
  });

  it('says that data are missing instead of inventing pixels', () => {
    const indexes = Array.from({ length: 40 * 40 }, (_, i) => (i * 31) & 255);
    const bytes = gif(40, 40, indexes);
    // The picture's height, low byte: 13 of header, 768 of palette, 2C, left, top, width.
    bytes[13 + 768 + 7] = 41;
    expect(decodeGif(bytes)).toMatchObject({ ok: false, failure: { code: 'corrupt_image' } });
  });

  it('cut anywhere is corrupt', () => {
    const bytes = gif(
      9,
      9,
      Array.from({ length: 81 }, (_, i) => i),
    );
    for (let length = 6; length < bytes.length - 1; length++) {
      expect(inspectImage(bytes.slice(0, length))).toMatchObject({
        ok: false,
        failure: { code: 'corrupt_image' },
      });
    }
  });
});
