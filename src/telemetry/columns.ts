/** A column of a data point: the fact that it takes, and what it says. */
export interface Column {
  readonly fact: string;
  readonly says: string;
}

/**
 * The columns of our Analytics Engine dataset, in the order of its `blob1`, `blob2`, … What stands
 * in neither table is never written: no picture, key, hash, URL or free text. A place once given
 * away keeps its meaning, since written points stay for three months: append, never reorder.
 */
export const BLOBS: readonly Column[] = [
  { fact: 'kind', says: '`request`, `job_picture`, `event` or `count`' },
  { fact: 'name', says: 'of an event or a count: `bug`, `cache_failures`, …' },
  { fact: 'version', says: 'id of the deployed version' },
  { fact: 'route', says: 'as the code has it: `/v1/classify`, `/v1/models/:model`' },
  { fact: 'method', says: 'of HTTP' },
  { fact: 'code', says: 'of the problem that was answered, or of what failed' },
  { fact: 'model', says: "the card's name" },
  { fact: 'engine', says: 'what ran the model, now or when the kept answer was made' },
  { fact: 'place', says: '`edge` or `origin`, likewise' },
  { fact: 'because', says: 'why there; `kept` for kept answers' },
  { fact: 'cache', says: '`hit`, `miss` or `bypass`' },
  { fact: 'tier', says: 'where the kept answer was, or which tier failed' },
  { fact: 'format', says: "the picture's" },
  { fact: 'operation', says: 'of a count: `get`, `put`, `annotate`, …' },
  { fact: 'level', says: "an event's: `info`, `warn`, `error`" },
  { fact: 'colo', says: "Cloudflare's data centre" },
];

/** Likewise `double1`, `double2`, …; 0 where a point has no such fact. */
export const DOUBLES: readonly Column[] = [
  { fact: 'status', says: 'of the answer' },
  { fact: 'duration_ms', says: "wall time, without what the Worker's own thread computed" },
  { fact: 'pictures', says: 'in the request' },
  { fact: 'hits', says: 'of them, answers that were kept' },
  { fact: 'failed', says: 'of them, without an answer' },
  { fact: 'at_edge', says: 'of them, computed here' },
  { fact: 'at_origin', says: 'of them, computed by the origin' },
  { fact: 'cpu_ms', says: 'by the cards: what these pictures cost here' },
  { fact: 'unpriced', says: 'of them, those for which no card has a figure' },
  { fact: 'megapixels', says: 'of all pictures' },
  { fact: 'times', says: 'how often a count happened; 1 for an event' },
];
