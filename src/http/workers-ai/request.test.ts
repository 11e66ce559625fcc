import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64OrDataUrl } from '../base64.ts';
import { readRequest } from './request.ts';
import { workersAiRequest } from './schema.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/** The picture's bytes, or the failure's code. */
function read(text: string): number[] | string {
  const asked = readRequest(encode(text));
  return asked.ok ? [...asked.value.picture] : asked.failure.code;
}

describe('the body of a Workers AI request', () => {
  it.each([
    ['numbers', '{"image":[255,216,0]}', [255, 216, 0]],
    ['one number', '{"image":[7]}', [7]],
    ['none', '{"image":[]}', []],
    ['numbers with white space', ' {\n\t"image" : [ 1 ,2\r\n, 3 ] } \n', [1, 2, 3]],
    ['base64', '{"image":"AQID"}', [1, 2, 3]],
    ['a data URL', '{"image": "data:image/png;base64,AQID"}', [1, 2, 3]],
    ['base64 with an escaped slash', '{"image":"\\/9j\\/"}', [255, 216, 255]],
    ['a file that is no JSON', 'GIF89a', [...encode('GIF89a')]],
    ['nothing', '', []],
  ])('takes %s', (_name, text, bytes) => {
    expect(read(text)).toEqual(bytes);
  });

  it.each([
    ['one past a byte', '{"image":[256]}', 'bad_parameter'],
    ['four digits', '{"image":[1000]}', 'bad_parameter'],
    ['a negative number', '{"image":[-1]}', 'bad_parameter'],
    ['a fraction', '{"image":[1.5]}', 'bad_parameter'],
    ['a leading zero', '{"image":[01]}', 'bad_parameter'],
    ['two zeros', '{"image":[00]}', 'bad_parameter'],
    ['a comma at the end', '{"image":[1,]}', 'bad_parameter'],
    ['two commas', '{"image":[1,,2]}', 'bad_parameter'],
    ['no comma', '{"image":[1 2]}', 'bad_parameter'],
    ['a text among the numbers', '{"image":[1,"2"]}', 'bad_parameter'],
    ['a list that does not end', '{"image":[1,2', 'bad_parameter'],
    ['an object that does not end', '{"image":[1,2]', 'bad_json'],
    ['another field behind', '{"image":[1],"top_k":3}', 'bad_json'],
    ['another field in front', '{"top_k":3,"image":[1]}', 'bad_json'],
    ['another field behind base64', '{"image":"AQID","x":1}', 'bad_json'],
    ['base64 that does not end', '{"image":"AQID', 'bad_json'],
    ['what is not base64', '{"image":"?"}', 'bad_base64'],
    ['no field', '{}', 'bad_json'],
    ['a brace', '{', 'bad_json'],
    ['a field far behind its brace', `{${' '.repeat(300)}"image":[1]}`, 'bad_json'],
  ])('refuses %s', (_name, text, code) => {
    expect(read(text)).toBe(code);
  });

  it.each([
    [256, [1]],
    [257, 'bad_json'],
  ])('looks for the field in the first 256 characters: it ends at %i', (end, found) => {
    const opening = '{"image":[';
    expect(read(`${opening[0]}${' '.repeat(end - opening.length)}"image":[1]}`)).toEqual(found);
  });

  it('reads what it writes, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom('', ' ', '\n  '),
        (bytes, gap) => {
          const text = JSON.stringify({ image: [...bytes] }, undefined, gap);
          expect(read(text)).toEqual([...bytes]);
        },
      ),
    );
  });

  it('takes nothing that the document calls invalid, and never something else', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"image"',
      ':',
      ',',
      '0',
      '7',
      '25',
      '300',
      '"',
      ' ',
    );
    const bodies = fc.array(piece, { maxLength: 12 }).map((parts) => `{"image":${parts.join('')}`);
    let taken = 0;
    fc.assert(
      fc.property(bodies, (text) => {
        const asked = read(text);
        if (typeof asked === 'string') return;
        taken++;
        const { image } = workersAiRequest.parse(JSON.parse(text));
        const meant = typeof image === 'string' ? decodeBase64OrDataUrl(image) : image;
        expect(asked).toEqual([...(meant ?? [])]);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
