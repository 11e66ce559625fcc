// A type, not an interface: only a type has the index signature for `x-` members.
type HeaderParameter = {
  in: 'header';
  name: string;
  description: string;
  schema: { type: 'string' };
};

function header(name: string, description: string): HeaderParameter {
  return { in: 'header', name, description, schema: { type: 'string' } };
}

/** What every request may carry. */
export const TRACED: HeaderParameter[] = [
  header('X-Request-Id', 'Taken over into the answer and the log: 1 to 128 of A-Z a-z 0-9 _.:=+/-'),
  header('traceparent', 'W3C trace context, carried on'),
];

export const CACHED: HeaderParameter[] = [
  header('Cache-Control', '`no-cache`: classify again; `no-store`: keep nothing; `only-if-cached`'),
];

export const CONDITIONAL: HeaderParameter[] = [
  header('If-None-Match', 'An ETag that the caller has: 304 where the answer is still that'),
];

export const DIGESTED: HeaderParameter[] = [
  header('Content-Digest', 'RFC 9530, `sha-256=:<base64>:`: verified before anything else'),
];

export const DEADLINE: HeaderParameter[] = [
  header('X-Deadline-Ms-Epoch', 'When the caller will be gone, in milliseconds since the epoch'),
];

export const PREFER: HeaderParameter[] = [
  header('Prefer', 'RFC 7240, `wait=<seconds>`: answer with the job once it is done'),
];

type Header = { description: string; schema: { type: 'string' } };

function answered(description: string): Header {
  return { description, schema: { type: 'string' } };
}

export const ETAG: Record<'ETag' | 'X-Request-Id', Header> = {
  ETag: answered('Strong: a digest of the exact bytes'),
  'X-Request-Id': answered('What the log knows this request by'),
};

export const CACHE_STATUS: typeof ETAG & Record<'Cache-Status', Header> = {
  ...ETAG,
  'Cache-Status': answered('RFC 9211: `razorbill; hit; key="picture"`, or why it was no hit'),
};

/**
 * The answer to an If-None-Match that holds. Its type tells nothing of it: a client that sends no
 * such header never gets one.
 */
export const NOT_MODIFIED: object = { 304: { description: 'Still what the ETag says' } };
