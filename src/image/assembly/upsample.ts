// libjpeg's upsampling (jdsample.c) of one row of one component to the picture's full width.
// "Fancy" is the triangle filter: 3/4 of the nearer sample, 1/4 of the farther one. Rows and
// columns outside are the edge repeated, so the byte before and the one after a row are written.

// @ts-ignore: decorator
@inline
function triple(v: v128): v128 {
  return i16x8.add(i16x8.add(v, v), v);
}

function repeatEdges(row: usize, width: usize): void {
  store<u8>(row - 1, load<u8>(row));
  store<u8>(row + width, load<u8>(row + width - 1));
}

/** Even: (3 near + left + 1) >> 2, odd: (3 near + right + 2) >> 2. `from` is even. */
export function upsampleH2V1(row: usize, width: usize, to: usize, from: usize, end: usize): void {
  repeatEdges(row, width);
  const one = i16x8.splat(1);
  const two = i16x8.splat(2);
  for (let c = from >> 1; c < (end + 1) >> 1; c += 8) {
    const near = triple(v128.load_ext<u8>(row + c));
    const even = i16x8.add(near, i16x8.add(v128.load_ext<u8>(row + c - 1), one));
    const odd = i16x8.add(near, i16x8.add(v128.load_ext<u8>(row + c + 1), two));
    const high = i16x8.shl(i16x8.shr_u(odd, 2), 8);
    v128.store(to + (c << 1), v128.or(i16x8.shr_u(even, 2), high));
  }
}

/** near and far rows: (3 near + far + bias) >> 2, bias 1 in even rows and 2 in odd ones. */
export function upsampleH1V2(
  near: usize, far: usize, bias: i32, to: usize, from: usize, end: usize,
): void {
  const round = i16x8.splat(i16(bias));
  for (let x = from; x < end; x += 8) {
    const sum = i16x8.add(triple(v128.load_ext<u8>(near + x)), v128.load_ext<u8>(far + x));
    const value = i16x8.shr_u(i16x8.add(sum, round), 2);
    v128.store64_lane(to + x, i8x16.narrow_i16x8_u(value, value), 0);
  }
}

/** Both at once, 16ths: even (3 s + left + 8) >> 4, odd (3 s + right + 7) >> 4. */
export function upsampleH2V2(
  near: usize, far: usize, width: usize, sums: usize, to: usize, from: usize, end: usize,
): void {
  repeatEdges(near, width);
  repeatEdges(far, width);
  const first = from >> 1;
  const last = (end + 1) >> 1;
  // s = 3 near + far, from one column before the first one.
  for (let c = first; c < last + 2; c += 8) {
    const s = i16x8.add(
      triple(v128.load_ext<u8>(near + c - 1)),
      v128.load_ext<u8>(far + c - 1),
    );
    v128.store(sums + (c << 1), s);
  }
  const eight = i16x8.splat(8);
  const seven = i16x8.splat(7);
  for (let c = first; c < last; c += 8) {
    const at = sums + (c << 1);
    const s = triple(v128.load(at, 2));
    const even = i16x8.shr_u(i16x8.add(s, i16x8.add(v128.load(at), eight)), 4);
    const odd = i16x8.shr_u(i16x8.add(s, i16x8.add(v128.load(at, 4), seven)), 4);
    v128.store(to + (c << 1), v128.or(even, i16x8.shl(odd, 8)));
  }
}

/** Every other ratio: plain repetition. */
export function repeatColumns(row: usize, times: usize, to: usize, from: usize, end: usize): void {
  let x = from - (from % times);
  let c = x / times;
  while (x < end) {
    const value = load<u8>(row + c++);
    for (let i: usize = 0; i < times; i++) store<u8>(to + x++, value);
  }
}
