import { describe, expect, it } from 'vitest';
import { sha256 } from '../digest.ts';
import { authenticate } from './authenticate.ts';

const KEYS = [
  { id: 'first', sha256: await sha256(new TextEncoder().encode('rzb_first_secret')) },
  { id: 'second', sha256: await sha256(new TextEncoder().encode('rzb_second_secret')) },
];

describe('authentication', () => {
  it.each([
    ['the first key', 'Bearer rzb_first_secret', 'first'],
    ['the last key', 'Bearer rzb_second_secret', 'second'],
    ['a scheme in any case', 'bearer   rzb_second_secret', 'second'],
  ])('lets %s in', async (_name, header, id) => {
    expect(await authenticate(header, 'required', KEYS)).toEqual({ ok: true, value: { id } });
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', 'Basic rzb_first_secret'],
    ['a key without a scheme', 'rzb_first_secret'],
    ['a wrong key', 'Bearer rzb_first_secreT'],
    ['the digest instead of the key', `Bearer ${KEYS[0]?.sha256}`],
    ['a key with something behind it', 'Bearer rzb_first_secret x'],
    ['a very long key', `Bearer ${'x'.repeat(257)}`],
  ])('keeps %s out', async (_name, header) => {
    expect(await authenticate(header, 'required', KEYS)).toEqual({
      ok: false,
      failure: { code: 'unauthorized' },
    });
  });

  it('lets nobody in when no key is configured', async () => {
    expect((await authenticate('Bearer rzb_first_secret', 'required', [])).ok).toBe(false);
  });

  it('asks nobody when it is off', async () => {
    expect(await authenticate(undefined, 'off', KEYS)).toEqual({
      ok: true,
      value: { id: 'anonymous' },
    });
  });
});
