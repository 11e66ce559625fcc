import * as z from 'zod';

/** In the bucket of the models. */
export const WARM_CURSOR_KEY = 'warm/cursor.json';

const count = z.number().int().min(0);

const cursor = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the list that it is about: a list that was changed is begun anew. */
  list: z.string(),
  /** Of pictures times models, model by model: what comes next. */
  at: count,
  /** When this round began, milliseconds since the epoch. */
  begun_ms: count,
});

/** How far the current round has come. */
export type WarmCursor = Readonly<z.infer<typeof cursor>>;

export const warmCursorSchema: z.ZodType<WarmCursor> = cursor;

/** Where a tick goes on: from where the last one stopped, from the start, or not yet. */
export function chooseStart(
  before: WarmCursor | undefined,
  { list, total, nowMs, everyMs }: Readonly<{ list: string } & Record<StartFact, number>>,
): WarmCursor | undefined {
  const anew: WarmCursor = { version: 1, list, at: 0, begun_ms: nowMs };
  if (before === undefined || before.list !== list || before.at > total) return anew;
  if (before.at < total) return before;
  return nowMs - before.begun_ms >= everyMs ? anew : undefined;
}

type StartFact = 'total' | 'nowMs' | 'everyMs';
