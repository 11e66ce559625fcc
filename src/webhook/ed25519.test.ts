import { describe, expect, it } from 'vitest';
import { hasCanonicalScalar, judgePublicKey } from './ed25519.ts';

const fromHex = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** RFC 8032, 7.1, tests 1 to 3. */
const SOUND = [
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
];

/** The points of order 1, 2, 4 and 8, and other spellings of them, as libsodium lists them. */
const WEAK = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
];

describe('a public key', () => {
  it.each(SOUND)('%s is sound', (hex) => expect(judgePublicKey(fromHex(hex))).toBe('sound'));
  it.each(WEAK)('%s is weak', (hex) => expect(judgePublicKey(fromHex(hex))).toBe('weak'));

  it('is no point where its y has no x', () => {
    expect(judgePublicKey(fromHex(`02${'00'.repeat(31)}`))).toBe('no_point');
  });
});

describe('a signature', () => {
  const L = 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';
  it('has an S below the order of the group', () => {
    const below = `ec${L.slice(2)}`;
    expect(hasCanonicalScalar(fromHex('00'.repeat(32) + below))).toBe(true);
    expect(hasCanonicalScalar(fromHex('00'.repeat(32) + L))).toBe(false);
    expect(hasCanonicalScalar(fromHex('ff'.repeat(64)))).toBe(false);
    expect(hasCanonicalScalar(fromHex('ff'.repeat(32) + '00'.repeat(32)))).toBe(true);
  });
});
