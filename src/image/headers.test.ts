import { describe, expect, it } from 'vitest';
import { inspectImage } from './image.ts';
import { IMAGE_PIXELS_MAX, JPEG_SCAN_PIXELS_MAX } from './limits.ts';

function latin1(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

const u16 = (value: number): number[] => [value >> 8, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const le16 = (value: number): number[] => [value & 255, value >> 8];
const le24 = (value: number): number[] => [...le16(value & 0xffff), value >> 16];
const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];

function exif(orientation: number, order: 'II' | 'MM'): number[] {
  const [w16, w32] = order === 'II' ? [le16, le32] : [u16, u32];
  return [
    ...latin1(order),
    ...w16(42),
    ...w32(8),
    ...w16(1),
    ...w16(0x0112),
    ...w16(3),
    ...w32(1),
    ...w16(orientation),
    0,
    0,
  ];
}

interface JpegParts {
  readonly marker?: number;
  readonly width?: number;
  readonly height?: number;
  readonly factors?: readonly number[];
  readonly scans?: number;
  readonly exif?: number[];
  readonly adobe?: number;
  readonly end?: readonly number[];
}

function segment(marker: number, payload: readonly number[]): number[] {
  return [0xff, marker, ...u16(payload.length + 2), ...payload];
}

function jpeg(parts: JpegParts): Uint8Array {
  const factors = parts.factors ?? [0x22, 0x11, 0x11];
  const components = factors.flatMap((factor, i) => [i + 1, factor, 0]);
  const size = [...u16(parts.height ?? 60), ...u16(parts.width ?? 80)];
  const scan = segment(0xda, [1, 1, 0, 0, 63, 0]);
  return Uint8Array.from([
    0xff,
    0xd8,
    ...(parts.exif === undefined ? [] : segment(0xe1, [...latin1('Exif\0\0'), ...parts.exif])),
    ...(parts.adobe === undefined
      ? []
      : segment(0xee, [...latin1('Adobe'), 0, 100, 0, 0, 0, 0, parts.adobe])),
    ...segment(parts.marker ?? 0xc0, [8, ...size, factors.length, ...components]),
    ...Array.from({ length: parts.scans ?? 1 }, () => [
      ...scan,
      1,
      2,
      0xff,
      0,
      3,
      0xff,
      0xd3,
      4,
    ]).flat(),
    ...(parts.end ?? [0xff, 0xd9]),
  ]);
}

function header(bytes: Uint8Array) {
  const result = inspectImage(bytes);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

function failure(bytes: Uint8Array) {
  const result = inspectImage(bytes);
  if (result.ok) throw new Error(JSON.stringify(result.value));
  return result.failure;
}

describe('JPEG headers', () => {
  it('tell size and kind', () => {
    expect(header(jpeg({}))).toMatchObject({ format: 'jpeg', width: 80, height: 60, opaque: true });
    expect(header(jpeg({})).features).toEqual([]);
  });

  it.each([
    [{ marker: 0xc2, scans: 5 }, ['jpeg.progressive']],
    [{ scans: 3 }, ['jpeg.multiscan']],
    [{ factors: [0x12, 0x11, 0x11] }, ['jpeg.440']],
    [{ factors: [0x11, 0x11, 0x11, 0x11] }, ['jpeg.cmyk']],
    [{ factors: [0x11, 0x11, 0x11, 0x11], adobe: 2 }, ['jpeg.ycck']],
    [{ factors: [0x11, 0x11, 0x11, 0x11], adobe: 0 }, ['jpeg.cmyk']],
  ])('of %j have %j', (parts, features) => {
    expect(header(jpeg(parts)).features).toEqual(features);
  });

  it.each(['II', 'MM'] as const)('turn by EXIF in %s order', (order) => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const found = header(jpeg({ exif: exif(orientation, order) }));
      const [width, height] = orientation >= 5 ? [60, 80] : [80, 60];
      expect(found).toMatchObject({
        width,
        height,
        stored: { width: 80, height: 60, orientation },
      });
    }
    for (const orientation of [0, 9, 65535]) {
      expect(header(jpeg({ exif: exif(orientation, order) })).stored.orientation).toBe(1);
    }
  });

  it('with EXIF that is cut anywhere still tell their size', () => {
    const whole = exif(6, 'II');
    for (let length = 0; length < whole.length; length++) {
      expect(header(jpeg({ exif: whole.slice(0, length) }))).toMatchObject({ width: 80 });
    }
  });

  it.each([
    [{ marker: 0xc9 }, 'jpeg.arithmetic'],
    [{ marker: 0xc3 }, 'jpeg.lossless'],
    [{ marker: 0xc5 }, 'jpeg.hierarchical'],
    [{ marker: 0xf7 }, 'jpeg.ls'],
    [{ factors: [0x11, 0x11] }, 'jpeg.components'],
  ])('of %j are unsupported, by the name of %s', (parts, feature) => {
    expect(failure(jpeg(parts))).toMatchObject({ code: 'unsupported_format', feature });
  });

  it.each([
    ['no end marker', { end: [] }],
    ['another start', { end: [0xff, 0xd8, 0xff, 0xd9] }],
    ['a segment that ends past the file', { end: [0xff, 0xe2, 0xff, 0xff] }],
    ['no scan', { scans: 0 }],
    ['no width', { width: 0 }],
    ['no height', { height: 0 }],
    ['a sampling factor of 0', { factors: [0x01, 0x11, 0x11] }],
    ['a sampling factor of 5', { factors: [0x51, 0x11, 0x11] }],
  ])('with %s are corrupt', (_, parts) => {
    expect(failure(jpeg(parts)).code).toBe('corrupt_image');
  });

  it('that are cut anywhere are corrupt', () => {
    const whole = jpeg({ exif: exif(3, 'MM') });
    for (let length = 2; length < whole.length; length++) {
      expect(failure(whole.slice(0, length)).code).toBe('corrupt_image');
    }
  });
});

describe('PNG headers', () => {
  const ihdr = [0x49, 0x48, 0x44, 0x52, ...u32(3), ...u32(2), 8, 2, 0, 0, 0];
  const png = (...after: number[][]): Uint8Array =>
    Uint8Array.from([
      ...latin1('\x89PNG\r\n\x1a\n'),
      ...u32(13),
      ...ihdr,
      // zlib.crc32 of the 17 bytes above, by Python.
      ...u32(0x1216f14d),
      ...after.flat(),
    ]);
  const chunk = (type: string, data: number[] = []): number[] => [
    ...u32(data.length),
    ...latin1(type),
    ...data,
    ...u32(0),
  ];

  it('tell size, orientation and transparency', () => {
    const plain = header(png(chunk('IDAT', [1]), chunk('IEND')));
    expect(plain).toMatchObject({ format: 'png', width: 3, height: 2, opaque: true, features: [] });
    const turned = header(png(chunk('eXIf', exif(6, 'MM')), chunk('IDAT', [1]), chunk('IEND')));
    expect(turned).toMatchObject({ width: 2, height: 3 });
    expect(header(png(chunk('tRNS', [0]), chunk('IDAT', [1]))).opaque).toBe(false);
    expect(header(png(chunk('acTL', [0]), chunk('IDAT', [1]))).features).toEqual(['png.animated']);
  });

  it('are checked against their checksum', () => {
    const bytes = png(chunk('IDAT', [1]), chunk('IEND'));
    for (let at = 16; at < 33; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1;
      expect(failure(damaged)).toMatchObject({ code: 'corrupt_image' });
    }
  });

  it('without picture data, or cut, are corrupt', () => {
    expect(failure(png(chunk('IEND'))).code).toBe('corrupt_image');
    const bytes = png(chunk('IDAT', [1, 2, 3]));
    for (let length = 8; length < bytes.length; length++) {
      expect(failure(bytes.slice(0, length)).code).toBe('corrupt_image');
    }
  });
});

describe('WebP headers', () => {
  const lossy = [0x30, 0, 0, 0x9d, 0x01, 0x2a, ...le16(90), ...le16(70)];
  const lossless = [0x2f, ...le32(89 | (69 << 14) | (1 << 28))];
  const chunk = (type: string, data: number[]): number[] => [
    ...latin1(type),
    ...le32(data.length),
    ...data,
    ...(data.length & 1 ? [0] : []),
  ];
  const webp = (...chunks: number[][]): Uint8Array =>
    Uint8Array.from([...latin1('RIFF'), 0, 0, 0, 0, ...latin1('WEBP'), ...chunks.flat()]);
  const extended = (width: number, height: number): number[] =>
    chunk('VP8X', [0, 0, 0, 0, ...le24(width - 1), ...le24(height - 1)]);

  it.each([
    ['lossy', webp(chunk('VP8 ', lossy)), true, []],
    ['lossless with alpha', webp(chunk('VP8L', lossless)), false, ['webp.lossless']],
    [
      'lossy with alpha',
      webp(extended(90, 70), chunk('ALPH', [0]), chunk('VP8 ', lossy)),
      false,
      [],
    ],
  ])('%s tell their size', (_, bytes, opaque, features) => {
    expect(header(bytes)).toMatchObject({ width: 90, height: 70, opaque, features });
  });

  it.each([
    ['with the prefix', [...latin1('Exif\0\0'), ...exif(8, 'II')]],
    ['without the prefix', exif(8, 'II')],
  ])('turn by EXIF %s', (_, data) => {
    const bytes = webp(extended(90, 70), chunk('VP8 ', lossy), chunk('EXIF', data));
    expect(header(bytes)).toMatchObject({ width: 70, height: 90 });
  });

  it('whose canvas is not their picture are corrupt', () => {
    expect(failure(webp(extended(91, 70), chunk('VP8 ', lossy))).code).toBe('corrupt_image');
  });

  const animated = (left: number, width: number, ...inner: number[][]): Uint8Array => {
    const place = [...le24(left / 2), ...le24(0), ...le24(width - 1), ...le24(69)];
    const frame = chunk('ANMF', [...place, ...le24(100), 0, ...inner.flat()]);
    return webp(extended(90, 70), chunk('ANIM', [0]), frame, frame);
  };

  it('of animations tell of the first picture', () => {
    expect(header(animated(0, 90, chunk('VP8 ', lossy)))).toMatchObject({
      width: 90,
      height: 70,
      opaque: true,
      features: ['webp.animated'],
    });
  });

  it('of animations that begin with a part of their canvas are unsupported', () => {
    const part = [0x30, 0, 0, 0x9d, 0x01, 0x2a, ...le16(80), ...le16(70)];
    for (const bytes of [
      animated(0, 80, chunk('VP8 ', part)),
      animated(10, 90, chunk('VP8 ', lossy)),
    ]) {
      expect(failure(bytes)).toMatchObject({ feature: 'webp.animated' });
    }
  });

  it('of animations without a picture are corrupt', () => {
    expect(failure(animated(0, 90)).code).toBe('corrupt_image');
  });
});

describe('AVIF headers', () => {
  const box = (type: string, data: number[]): number[] => [
    ...u32(data.length + 8),
    ...latin1(type),
    ...data,
  ];
  const avif = (properties: number[][]): Uint8Array => {
    const own = properties.map((_, i) => 0x80 | (i + 1));
    const ipma = box('ipma', [...u32(0), ...u32(1), ...u16(7), own.length, ...own]);
    const iprp = box('iprp', [...box('ipco', properties.flat()), ...ipma]);
    const meta = box('meta', [...u32(0), ...box('pitm', [...u32(0), ...u16(7)]), ...iprp]);
    return Uint8Array.from([...box('ftyp', latin1('avif\0\0\0\0avif')), ...meta]);
  };
  const ispe = box('ispe', [...u32(0), ...u32(640), ...u32(427)]);

  it.each([
    [undefined, undefined, 1],
    [1, undefined, 8],
    [2, undefined, 3],
    [3, undefined, 6],
    [undefined, 0, 4],
    [undefined, 1, 2],
    [1, 0, 5],
    [1, 1, 7],
    [2, 0, 2],
    [3, 0, 7],
    [3, 1, 5],
  ])('with angle %s and mirror %s have orientation %i', (angle, mirror, orientation) => {
    const properties = [ispe];
    if (angle !== undefined) properties.push(box('irot', [angle]));
    if (mirror !== undefined) properties.push(box('imir', [mirror]));
    const [width, height] = orientation >= 5 ? [427, 640] : [640, 427];
    const stored = { width: 640, height: 427, orientation };
    expect(header(avif(properties))).toMatchObject({ width, height, stored });
  });

  it('cut anywhere are corrupt', () => {
    const bytes = avif([ispe]);
    for (let length = 16; length < bytes.length; length++) {
      expect(['corrupt_image', 'unsupported_format']).toContain(
        failure(bytes.slice(0, length)).code,
      );
    }
  });
});

describe('limits', () => {
  it('pixels are met exactly and not one row past', () => {
    const height = IMAGE_PIXELS_MAX / 8000;
    expect(header(jpeg({ width: 8000, height })).width).toBe(8000);
    expect(failure(jpeg({ width: 8000, height: height + 1 }))).toEqual({
      code: 'too_large',
      what: 'pixels',
      limit: IMAGE_PIXELS_MAX,
      actual: 8000 * (height + 1),
    });
  });

  it('scans times pixels are met exactly and not one scan past', () => {
    const scans = JPEG_SCAN_PIXELS_MAX / 4_000_000;
    const size = { width: 2000, height: 2000, marker: 0xc2 };
    expect(header(jpeg({ ...size, scans })).features).toEqual(['jpeg.progressive']);
    expect(failure(jpeg({ ...size, scans: scans + 1 }))).toMatchObject({
      code: 'too_large',
      what: 'scans',
    });
  });

  it('a phone picture of 12 megapixels fits beside a model, and its own bytes', () => {
    const { decodeBytes } = header(jpeg({ width: 4032, height: 3024 }));
    expect(decodeBytes).toBeLessThan(4e6);
    const progressive = header(jpeg({ width: 4032, height: 3024, marker: 0xc2, scans: 10 }));
    // Beside the file, which the decoder holds as well.
    expect(progressive.decodeBytes).toBeLessThan(6e6);
  });
});
