/** A stream of a known length in one buffer; null where it errs, ends early or goes on. */
export async function collect(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const all = new Uint8Array(bytes);
  let length = 0;
  const whole = await eachChunk(stream, (chunk) => {
    if (length + chunk.length > bytes) return false;
    all.set(chunk, length);
    length += chunk.length;
    return true;
  });
  return whole && length === bytes ? all : null;
}

/** Hands chunks on until the end; false where the stream errs or `take` wants no more. */
export async function eachChunk(
  stream: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => boolean,
): Promise<boolean> {
  const reader = stream.getReader();
  for (;;) {
    // The source's own error: wrong bytes, a lost connection. Which one is the store's to report.
    const read = await reader.read().catch(() => null);
    if (read === null) return false;
    if (read.done) return true;
    let more = false;
    try {
      more = take(read.value);
    } finally {
      // `take` may throw as well: memory that does not grow. Nobody reads on then.
      if (!more) await reader.cancel();
    }
    if (!more) return false;
  }
}
