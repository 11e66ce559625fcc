import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectImage } from './image.ts';
import { sniff } from './sniff.ts';

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

describe('sniff', () => {
  it.each([
    ['\xff\xd8\xff\xe0', 'jpeg'],
    ['\xff\xd8', 'jpeg'],
    ['\x89PNG\r\n\x1a\n', 'png'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'webp'],
    ['GIF87a', 'gif'],
    ['GIF89a', 'gif'],
    ['\0\0\0\x1cftypavif\0\0\0\0mif1miaf', 'avif'],
    ['\0\0\0\x1cftypmif1\0\0\0\0avifmiaf', 'avif'],
    ['\0\0\0\x14ftypavis\0\0\0\0avis', 'avif'],
  ])('knows %j as %s', (bytes, format) => {
    expect(sniff(latin1(bytes))).toEqual({ format });
  });

  it.each([
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'HEIC'],
    ['\0\0\0\x14ftypmif1\0\0\0\0mif1', 'HEIC'],
    ['\0\0\0\x14ftypisom\0\0\0\0mp42', 'MP4 or another ISO media file'],
    ['II*\0\x08\0\0\0', 'TIFF'],
    ['MM\0*\0\0\0\x08', 'TIFF'],
    ['BM\x36\0\0\0', 'BMP'],
    ['%PDF-1.7', 'PDF'],
    ['\0\0\0\x0cJXL \r\n\x87\n', 'JPEG XL'],
    ['\xff\x0a\0\x10', 'JPEG XL'],
    ['\0\0\0\x0cjP  \r\n', 'JPEG 2000'],
    ['8BPS\0\x01', 'a Photoshop document'],
    ['\0\0\x01\0\x01\0', 'ICO'],
    ['qoif\0\0', 'QOI'],
    ['P6\n2 2\n255\n', 'a Netpbm picture'],
    ['PK\x03\x04', 'a ZIP archive'],
    ['\x1f\x8b\x08', 'gzip data'],
    ['\0asm\x01\0\0\0', 'a WebAssembly module'],
    ['RIFF\x10\0\0\0WAVEfmt ', 'RIFF data that is not WebP'],
    ['\x89PNG\n\x1a\n', 'a PNG whose signature was damaged, as by a transfer in text mode'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'SVG'],
    ['<?xml version="1.0"?>\n<svg/>', 'SVG'],
    ['<!DOCTYPE html><title>404</title>', 'an HTML page'],
    ['\n  <html>', 'an HTML page'],
    ['<?xml version="1.0"?><rss/>', 'XML'],
    ['{"image": "x"}', 'JSON'],
    ['[1, 2]', 'JSON'],
    ['data:image/png;base64,iVBORw0KGgo=', 'a data URL'],
    ['/9j/4AAQSkZJRgABAQ', 'base64 text'],
    ['iVBORw0KGgoAAAANSUhEUg', 'base64 text'],
    [
      '--x\r\nContent-Disposition: form-data; name="image"\r\n\r\n',
      'a multipart body that was not unwrapped',
    ],
    ['\r\n\xff\xd8\xff\xe0', 'a picture behind stray text bytes'],
    ['\xef\xbb\xbf\xff\xd8\xff\xe0', 'a picture behind stray text bytes'],
    ['\xef\xbf\xbd\xef\xbf\xbd', 'a picture that was sent as UTF-8 text, which destroys it'],
    ['\xc3\xbf\xc3\x98\xc3\xbf', 'a picture that was sent as UTF-8 text, which destroys it'],
    ['just some words', 'text'],
    ['\0\0\0\0\0\0', 'unknown data'],
    ['\xff\xff\xff', 'unknown data'],
  ])('says what %j looks like: %s', (bytes, saw) => {
    expect(sniff(latin1(bytes))).toEqual({ format: undefined, saw });
    expect(inspectImage(latin1(bytes))).toEqual({
      ok: false,
      failure: { code: 'unsupported_format', saw },
    });
  });

  it('finds no bytes empty', () => {
    expect(inspectImage(new Uint8Array())).toEqual({ ok: false, failure: { code: 'empty' } });
  });

  it('has an answer for any bytes', () => {
    const starts = [
      '',
      '\xff\xd8\xff',
      '\x89PNG\r\n\x1a\n',
      'RIFFxxxxWEBP',
      'GIF89a',
      '\0\0\0 ftyp',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const bytes = Uint8Array.from([...latin1(start), ...rest]);
        const result = inspectImage(bytes);
        if (!result.ok) {
          expect(['empty', 'unsupported_format', 'corrupt_image', 'too_large']).toContain(
            result.failure.code,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });
});
