/**
 * ITU T.81, tables K.3 to K.6: 16 counts of codes by length, then the symbols. Slots 0 and 1 are
 * the DC tables of luma and chroma, 4 and 5 the AC ones.
 */
const HEX: Readonly<Record<number, readonly string[]>> = {
  0: ['00010501010101010100000000000000', '000102030405060708090a0b'],
  1: ['00030101010101010101010000000000', '000102030405060708090a0b'],
  4: [
    '0002010303020403050504040000017d',
    '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25',
    '262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a83',
    '8485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3',
    'd4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  ],
  5: [
    '00020102040403040705040400010277',
    '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718',
    '191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a',
    '82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9ca',
    'd2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
  ],
};

/** The table of a slot that a file leaves out, or undefined: only these four exist. */
export function standardTable(slot: number): Uint8Array | undefined {
  const digits = HEX[slot]?.join('');
  if (digits === undefined) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}
