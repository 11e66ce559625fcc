import type { CacheWish } from '../classify/answer.ts';

/**
 * What a caller lets the result cache do, from the request's Cache-Control (RFC 9111, 5.2.1).
 * `no-cache` and `max-age=0`: classify again and keep that. `no-store`: keep nothing of this
 * request, though a kept answer may still be used. `only-if-cached`: a kept answer or none.
 */
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
