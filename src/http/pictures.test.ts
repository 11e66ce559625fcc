import { describe, expect, it } from 'vitest';
import { parametersSchema } from './parameters.ts';
import { findPictures } from './pictures.ts';

const text = (value: string) => new TextEncoder().encode(value);
const json = (value: unknown) =>
  findPictures(text(JSON.stringify(value)), 'application/json; charset=utf-8', 3);

function form(parts: ReadonlyArray<readonly [headers: string, content: string]>, end = '--') {
  const body = parts
    .map(([name, content]) => `--B\r\nContent-Disposition: form-data; ${name}\r\n\r\n${content}`)
    .join('\r\n');
  return findPictures(text(`${body}\r\n--B${end}\r\n`), 'multipart/form-data; boundary=B', 3);
}

function bytesOf(result: ReturnType<typeof findPictures>): string[] {
  if (!result.ok) throw new Error(result.failure.code);
  return result.value.pictures.map((p) =>
    p.kind === 'bytes' ? new TextDecoder().decode(p.bytes) : p.kind,
  );
}

describe('pictures of a raw body', () => {
  it.each(['image/jpeg', '', 'application/x-www-form-urlencoded', 'text/html'])(
    'takes the body as it is under the type "%s"',
    (type) => {
      const found = findPictures(text('picture'), type, 3);
      expect(bytesOf(found)).toEqual(['picture']);
      expect(found.ok && found.value.many).toBe(false);
    },
  );
});

describe('pictures of a JSON body', () => {
  it.each([
    ['base64', { image: 'cGljdHVyZQ==' }],
    ['a data URL', { image: 'data:image/png;base64,cGljdHVyZQ==' }],
  ])('decodes %s', (_name, body) => {
    expect(bytesOf(json(body))).toEqual(['picture']);
  });

  it('keeps the other fields as parameters', () => {
    const found = json({ url: 'https://example.com/a.jpg', top_k: 3 });
    expect(found.ok && found.value.parameters).toEqual({ top_k: 3 });
  });

  it('lets one unreadable image of a list fail alone', () => {
    const found = json({ images: [{ image: '?' }, { image: 'cGljdHVyZQ==' }, { url: 'x' }] });
    expect(bytesOf(found)).toEqual(['unreadable', 'picture', 'url']);
    expect(found.ok && found.value.many).toBe(true);
  });

  it.each([
    ['no picture', {}, 'no_image'],
    ['an empty list', { images: [] }, 'no_image'],
    ['both image and url', { image: 'aa', url: 'b' }, 'bad_json'],
    ['a list beside an image', { image: 'aa', images: [{ url: 'b' }] }, 'bad_json'],
    ['an image that is a number', { image: 5 }, 'bad_json'],
    ['a url that is a list', { url: [] }, 'bad_json'],
    ['images that are no list', { images: {} }, 'bad_json'],
    ['an item that is no object', { images: ['x'] }, 'bad_json'],
    ['an item with an unknown field', { images: [{ url: 'b', top_k: 1 }] }, 'bad_json'],
    ['one image too many', { images: [1, 2, 3, 4] }, 'too_many_images'],
    ['an array', [], 'bad_json'],
    ['null', null, 'bad_json'],
  ])('refuses %s', (_name, body, code) => {
    expect(json(body)).toMatchObject({ ok: false, failure: { code } });
  });

  it.each([
    ['broken JSON', text('{"image":')],
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)],
  ])('refuses %s', (_name, body) => {
    expect(findPictures(body, 'application/json', 3)).toMatchObject({
      failure: { code: 'bad_json' },
    });
  });
});

describe('pictures of a form', () => {
  it('takes files, URLs and parameters', () => {
    const found = form([
      ['name="image"; filename="a.jpg"', 'one'],
      ['name="image"', 'two'],
      ['name="url"', 'https://example.com/a.jpg'],
      ['name="top_k"', '3'],
    ]);
    expect(bytesOf(found)).toEqual(['one', 'two', 'url']);
    expect(found.ok && found.value.parameters).toEqual({ top_k: '3' });
  });

  it.each(Object.keys(parametersSchema.shape))('takes %s for a parameter', (name) => {
    const found = form([
      ['name="image"; filename="a.jpg"', 'one'],
      [`name="${name}"`, 'said'],
    ]);
    expect(bytesOf(found)).toEqual(['one']);
    expect(found.ok && found.value.parameters).toEqual({ [name]: 'said' });
  });

  it('answers one file alone, not a list', () => {
    const found = form([['name="file"; filename="a.jpg"', 'one']]);
    expect(found.ok && found.value.many).toBe(false);
  });

  it('refuses a form without a picture', () => {
    expect(form([['name="top_k"', '3']])).toMatchObject({ failure: { code: 'no_image' } });
  });

  it('refuses one image too many', () => {
    const part = ['name="image"; filename="a"', 'x'] as const;
    expect(form([part, part, part, part])).toMatchObject({ failure: { code: 'too_many_images' } });
  });

  it('refuses a form that ends early', () => {
    expect(form([['name="image"; filename="a"', 'x']], '')).toMatchObject({
      failure: { code: 'bad_multipart' },
    });
  });

  it('refuses a form without a boundary', () => {
    expect(findPictures(text('x'), 'multipart/form-data', 3)).toMatchObject({
      failure: { code: 'bad_multipart' },
    });
  });
});
