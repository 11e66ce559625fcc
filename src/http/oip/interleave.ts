/** [batch, 3, height, width] to [batch, height, width, 3], as decoders give pixels. */
export function toInterleaved(
  planes: Uint8Array,
  batch: number,
  size: { readonly height: number; readonly width: number },
): Uint8Array {
  const area = size.height * size.width;
  const pixels = new Uint8Array(planes.length);
  for (let n = 0; n < batch; n++) {
    for (let channel = 0; channel < 3; channel++) {
      const plane = planes.subarray((n * 3 + channel) * area, (n * 3 + channel + 1) * area);
      for (let i = 0; i < area; i++) pixels[(n * area + i) * 3 + channel] = plane[i] ?? 0;
    }
  }
  return pixels;
}
