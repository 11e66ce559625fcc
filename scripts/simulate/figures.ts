import { z } from 'zod';
import { fail, ok, type Result } from '../../src/result.ts';
import { figuresBytesMax } from './limits.ts';

/** What the simulation takes from measurements; times in ms. */
export interface Figures {
  readonly model: string;
  /** CPU of a request that finds its answer, beyond one that does nothing: hash and look-up. */
  readonly lookUpMs: number;
  /** CPU from bytes to pixels, and of keeping the answer. */
  readonly decodeMs: number;
  readonly inferenceMs: number;
  /** From nothing to a first answer, beyond an empty Worker's. */
  readonly coldMs: number;
  readonly sessionBytes: number;
  /** One run at an origin, by its pictures, ascending. */
  readonly batches: ReadonlyArray<{ readonly pictures: number; readonly ms: number }>;
  readonly provider: string;
  readonly machine: string;
}

export type FiguresFailure =
  | { readonly code: 'no_figures'; readonly path: string; readonly run: string }
  | { readonly code: 'figures_missing'; readonly bench: string; readonly run: string }
  | { readonly code: 'figures_unreadable'; readonly line: number; readonly why: string }
  | { readonly code: 'figures_too_large'; readonly bytes: number; readonly bytesMax: number };

export const COMMANDS = {
  request: 'npm run -s bench:request -- --json >> FILE',
  coldstart: 'npm run -s bench:coldstart -- --json >> FILE',
  batches: 'npm run -s bench:batches -- --json >> FILE',
} as const;

const time = z.number().nonnegative();
const kind = z.object({ cpu_ms: time });
const request = z.object({
  bench: z.literal('request'),
  machine: z.string(),
  kinds: z.record(z.string(), z.object({ cpu_ms: time.nullable() })),
  models: z.record(z.string(), z.object({ inference_cpu_ms: time, engine_wasm_bytes: time })),
});
const start = z.object({ median: time });
const coldstart = z.object({
  bench: z.literal('coldstart'),
  empty: z.object({ wall_ms: start }),
  models: z.array(z.object({ model: z.string(), wall_ms: z.object({ simd: start }) })),
});
const batches = z.object({
  bench: z.literal('batches'),
  provider: z.string(),
  batches: z.array(z.object({ pictures: z.number().int().positive(), ms: time })).min(1),
});
const line = z.discriminatedUnion('bench', [request, coldstart, batches]);

/** JSON lines that `COMMANDS` write; of each benchmark the last counts. */
export function parseFigures(text: string, model: string): Result<Figures, FiguresFailure> {
  if (text.length > figuresBytesMax) {
    return fail({ code: 'figures_too_large', bytes: text.length, bytesMax: figuresBytesMax });
  }
  const found = new Map<string, z.infer<typeof line>>();
  for (const [index, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue;
    const parsed = parseLine(json);
    if (!parsed.success) {
      const why = parsed.error.issues[0]?.message ?? '';
      return fail({ code: 'figures_unreadable', line: index + 1, why });
    }
    found.set(parsed.data.bench, parsed.data);
  }
  for (const bench of ['request', 'coldstart', 'batches'] as const) {
    if (!found.has(bench)) return fail({ code: 'figures_missing', bench, run: COMMANDS[bench] });
  }
  return combine(
    found.get('request') as z.infer<typeof request>,
    found.get('coldstart') as z.infer<typeof coldstart>,
    found.get('batches') as z.infer<typeof batches>,
    model,
  );
}

function parseLine(json: string): z.ZodSafeParseResult<z.infer<typeof line>> {
  try {
    return line.safeParse(JSON.parse(json));
  } catch {
    return line.safeParse(undefined);
  }
}

function combine(
  requests: z.infer<typeof request>,
  starts: z.infer<typeof coldstart>,
  runs: z.infer<typeof batches>,
  model: string,
): Result<Figures, FiguresFailure> {
  const cost = (name: string) => kind.safeParse(requests.kinds[name]).data?.cpu_ms;
  const bare = cost('bare');
  const cached = cost(`${model} cached`);
  const decoded = cost(`${model} decoded`);
  const session = requests.models[model];
  const begun = starts.models.find((one) => one.model.startsWith(model));
  if (bare === undefined || cached === undefined || decoded === undefined || !session) {
    return fail({ code: 'figures_missing', bench: `request: ${model}`, run: COMMANDS.request });
  }
  if (begun === undefined) {
    return fail({ code: 'figures_missing', bench: `coldstart: ${model}`, run: COMMANDS.coldstart });
  }
  return ok({
    model,
    // The process's clock counts 10 ms: a difference may come out below nothing.
    lookUpMs: Math.max(0, cached - bare),
    decodeMs: Math.max(0, decoded - cached),
    inferenceMs: session.inference_cpu_ms,
    coldMs: Math.max(0, begun.wall_ms.simd.median - starts.empty.wall_ms.median),
    sessionBytes: session.engine_wasm_bytes,
    batches: runs.batches.toSorted((a, b) => a.pictures - b.pictures),
    provider: runs.provider,
    machine: requests.machine,
  });
}

/** Linear between the measured sizes, and on beyond the largest at its time a picture. */
export function batchMs(batches: Figures['batches'], pictures: number): number {
  const above = batches.findIndex((batch) => batch.pictures >= pictures);
  const upper = batches[above];
  const last = batches.at(-1);
  if (last === undefined) throw new RangeError('batchMs: no batches');
  if (upper === undefined) return (last.ms * pictures) / last.pictures;
  const lower = batches[above - 1];
  if (lower === undefined) return upper.ms;
  const share = (pictures - lower.pictures) / (upper.pictures - lower.pictures);
  return lower.ms + share * (upper.ms - lower.ms);
}
