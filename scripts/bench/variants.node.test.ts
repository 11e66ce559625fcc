import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/image/image.ts';
import { createVariants } from './variants.ts';

describe('variants of a JPEG', () => {
  it('have other bytes, one length, and remain the picture', () => {
    const jpeg = new Uint8Array(readFileSync('models/samples/boats.jpg'));
    const next = createVariants(jpeg);
    const [first, second] = [next(), next()];
    expect(first).not.toEqual(second);
    expect(second.length).toBe(first.length);
    const header = inspectImage(second);
    expect(header.ok && [header.value.format, header.value.width]).toEqual(['jpeg', 1024]);
  });
});
