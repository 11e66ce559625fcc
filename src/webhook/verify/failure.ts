/** Why a message is refused. The codes are those that the log names. */
export type InboundCode =
  | 'missing_header'
  | 'duplicate_header'
  | 'bad_id'
  | 'bad_timestamp'
  | 'header_too_long'
  | 'too_many_signatures'
  | 'signature_malformed'
  | 'body_too_large'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'signature_mismatch'
  | 'no_supported_signature';

export interface InboundFailure {
  readonly code: InboundCode;
}

/**
 * The status to answer. A 401 must look the same whatever its cause: who guesses learns from the
 * difference, so the cause goes to the log alone.
 */
export const INBOUND_STATUS: Readonly<Record<InboundCode, 400 | 401 | 413>> = {
  missing_header: 400,
  duplicate_header: 400,
  bad_id: 400,
  bad_timestamp: 400,
  header_too_long: 400,
  too_many_signatures: 400,
  signature_malformed: 400,
  body_too_large: 413,
  timestamp_too_old: 401,
  timestamp_too_new: 401,
  signature_mismatch: 401,
  no_supported_signature: 401,
};
