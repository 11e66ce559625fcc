/** PNG, third edition, 9.2: undoes a row's filter; assembly/png-filter.ts must equal this. */
export function unfilterReference(
  filter: number,
  row: Uint8Array,
  above: Uint8Array,
  bytesPerPixel: number,
): Uint8Array {
  const out = row.slice();
  for (let i = 0; i < out.length; i++) {
    const a = out[i - bytesPerPixel] ?? 0;
    const b = above[i]!;
    const c = above[i - bytesPerPixel] ?? 0;
    const guesses = [0, a, b, (a + b) >> 1, paeth(a, b, c)];
    out[i] = out[i]! + guesses[filter]!;
  }
  return out;
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}
