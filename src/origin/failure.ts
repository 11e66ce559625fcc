/** Why an origin gave no answer that can be believed. The text of its errors goes no further. */
export type OriginFailure =
  | { readonly code: 'origin_malformed' }
  | { readonly code: 'origin_mismatch' }
  | { readonly code: 'origin_not_finite' }
  | { readonly code: 'origin_too_large'; readonly bytesMax: number }
  | {
      readonly code: 'origin_status';
      readonly status: number;
      /** The origin's Retry-After, if it gave one in seconds. */
      readonly retryAfterSeconds?: number;
    }
  | { readonly code: 'origin_timeout' }
  /** `passing`: another connection may do better (reset, DNS); TLS errors stay. */
  | { readonly code: 'origin_unreachable'; readonly passing: boolean }
  /** Not called: it failed too often lately. */
  | { readonly code: 'origin_resting'; readonly retryAfterSeconds: number };

/** One more try makes sense where the failure may have been the moment's. */
export function isRetryable(failure: OriginFailure): boolean {
  switch (failure.code) {
    case 'origin_status':
      return [429, 502, 503, 504].includes(failure.status);
    case 'origin_timeout':
      return true;
    case 'origin_unreachable':
      return failure.passing;
    default:
      return false;
  }
}

/**
 * A caller's mistake, as the origin saw it (a picture that it cannot read), says nothing of the
 * origin's health. 408 and 429 do.
 */
export function isOriginsFault(failure: OriginFailure): boolean {
  if (failure.code !== 'origin_status') return failure.code !== 'origin_resting';
  const { status } = failure;
  return status < 400 || status >= 500 || status === 401 || status === 408 || status === 429;
}
