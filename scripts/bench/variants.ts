/**
 * Endless other files of the same picture: a JPEG with one more comment (ITU-T T.81, B.2.4.5), of
 * one length, right behind its start. Other bytes, so another picture key; the same pixels, so the
 * tensor key hits.
 */
export function createVariants(jpeg: Uint8Array): () => Uint8Array<ArrayBuffer> {
  let count = 0;
  return function nextVariant() {
    const text = Buffer.from(String(count++).padStart(TEXT_BYTES, '0'));
    const marker = Uint8Array.of(0xff, 0xfe, 0, text.length + 2);
    const parts = [jpeg.subarray(0, 2), marker, text, jpeg.subarray(2)];
    return new Uint8Array(Buffer.concat(parts));
  };
}

const TEXT_BYTES = 12;
