/** What a caller lets the result cache do, from the request's Cache-Control (RFC 9111, 5.2.1). */
export interface CacheWish {
  /** False for `no-cache` and `max-age=0`: the picture is classified again, the answer kept. */
  readonly read: boolean;
  /** False for `no-store`: nothing of this request is kept. A kept answer may still be used. */
  readonly write: boolean;
  /** `only-if-cached`: a kept answer or none at all. */
  readonly only: boolean;
}

export function parseCacheControl(header: string | null | undefined): CacheWish {
  const directives = new Set(
    (header ?? '').split(',').map((part) => part.trim().toLowerCase().replaceAll(' ', '')),
  );
  return {
    read: !directives.has('no-cache') && !directives.has('max-age=0'),
    write: !directives.has('no-store'),
    only: directives.has('only-if-cached'),
  };
}
