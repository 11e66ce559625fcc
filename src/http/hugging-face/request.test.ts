import { describe, expect, it } from 'vitest';
import { readRequest } from './request.ts';

const read = (value: unknown) =>
  readRequest(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)));

describe('the body of a Hugging Face request', () => {
  it.each([
    ['base64', { inputs: 'AQID' }, {}],
    ['a data URL', { inputs: 'data:image/png;base64,AQID' }, {}],
    ['how many', { inputs: 'AQID', parameters: { top_k: 3 } }, { top_k: 3 }],
    ['more than there are', { inputs: 'AQID', parameters: { top_k: 1e9 } }, { top_k: 1e9 }],
    ['null for what is not said', { inputs: 'AQID', parameters: { top_k: null } }, { top_k: null }],
    [
      'a function',
      { inputs: 'AQID', parameters: { function_to_apply: 'sigmoid' } },
      { function_to_apply: 'sigmoid' },
    ],
    ['fields beside it that are not for us', { inputs: 'AQID', model: 'x' }, {}],
  ])('takes %s', (_name, body, wish) => {
    const asked = read(body);
    expect(asked).toMatchObject({ ok: true, value: { wish } });
    expect(asked.ok && [...asked.value.picture]).toEqual([1, 2, 3]);
  });

  it('takes a file as it is', () => {
    const asked = read('GIF89a');
    expect(asked.ok && new TextDecoder().decode(asked.value.picture)).toBe('GIF89a');
  });

  it.each([
    [true, { inputs: 'AQID', options: { use_cache: false, wait_for_model: true } }],
    [false, { inputs: 'AQID', options: { use_cache: true } }],
    [false, { inputs: 'AQID', options: {} }],
  ])('wants it fresh: %s', (fresh, body) => {
    expect(read(body)).toMatchObject({ ok: true, value: { fresh } });
  });

  it.each([
    ['no picture', {}, { code: 'no_image' }],
    ['a picture that is a number', { inputs: 1 }, { code: 'bad_parameter', name: 'inputs' }],
    ['what is not base64', { inputs: '?' }, { code: 'bad_base64' }],
    ['an address', { inputs: 'https://a.example/b.jpg' }, { code: 'bad_base64' }],
    ['none of the classes', { inputs: '', parameters: { top_k: 0 } }, { name: 'parameters.top_k' }],
    ['half a class', { inputs: '', parameters: { top_k: 1.5 } }, { name: 'parameters.top_k' }],
    [
      'a function that is none',
      { inputs: '', parameters: { function_to_apply: 'argmax' } },
      { code: 'bad_parameter', name: 'parameters.function_to_apply' },
    ],
    ['a misspelt parameter', { inputs: '', parameters: { topk: 1 } }, { name: 'parameters' }],
    ['JSON that breaks off', '{"inputs":', { code: 'bad_json' }],
  ])('refuses %s', (_name, body, failure) => {
    expect(read(body)).toMatchObject({ ok: false, failure });
  });
});
