import { createLayeredCache } from '../cache/layered.ts';
import { createR2Tier } from '../cache/r2.ts';
import type { Classifier } from '../classify/classify.ts';
import { CACHE_TIER_MS_MAX } from '../classify/limits.ts';
import type { Reservations } from '../classify/reservations.ts';
import type { Config, Env } from '../config.ts';
import { createR2Objects } from '../model/r2.ts';
import type { FetchFailure } from '../net/fetch-public.ts';
import { ok, type Result } from '../result.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type HeldPicture, keepWarm } from '../warm/keep-warm.ts';

export interface WarmWiring {
  readonly env: Env;
  readonly config: Config;
  readonly classifier: Classifier;
  readonly bodies: Reservations;
  readonly fetchBytesMax: number;
  fetchPicture(url: string): Promise<Result<Uint8Array, FetchFailure>>;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
}

/** One tick of the clock: a share of the list is kept warm, where answers are kept worldwide. */
export function wireWarm(wiring: WarmWiring): () => Promise<void> {
  const { env, config, classifier, telemetry, clock } = wiring;
  const { RESULTS: bucket } = env;
  const off = whyOff(config);
  if (bucket === undefined || off !== undefined) return tellOnce(telemetry, off ?? 'no_results');
  const worldwide = createLayeredCache([createR2Tier(bucket)], {
    tierMsMax: CACHE_TIER_MS_MAX,
    countFailure: (tier, operation) => telemetry.count('cache_failures', { tier, operation }),
  });
  return async function tick() {
    await keepWarm({
      objects: createR2Objects(env.MODELS),
      classifier: classifier.over(worldwide),
      defaultModel: config.defaultModel,
      busy: () => classifier.overloaded() !== undefined,
      fetchPicture: (url) => fetchPicture(wiring, url),
      everyMs: config.warmEveryMinutes * 60_000,
      clock,
      tell: (level, event, facts) => telemetry.log(level, event, facts),
    });
  };
}

function whyOff({ resultCacheR2, resultScope }: Config): string | undefined {
  if (resultCacheR2 === 'off') return 'result_cache_r2_off';
  // What nobody asked for belongs to no key.
  return resultScope === 'key' ? 'result_scope_key' : undefined;
}

function tellOnce(telemetry: Telemetry, reason: string): () => Promise<void> {
  let told = false;
  return async function tick() {
    if (!told) telemetry.log('info', 'warm_list_off', { reason });
    told = true;
  };
}

/** The same room that bodies and fetched pictures of requests have. */
async function fetchPicture(
  { bodies, fetchBytesMax, fetchPicture: fetch }: WarmWiring,
  url: string,
): Promise<Result<HeldPicture, { readonly code: string }>> {
  const room = await bodies.take(fetchBytesMax);
  if (!room.ok) return room;
  const fetched = await fetch(url);
  if (fetched.ok) return ok({ bytes: fetched.value, release: room.value });
  room.value();
  return fetched;
}
