import { waitUntil } from 'cloudflare:workers';
import kernels from '../build/simd.wasm';
import { createCacheApiTier } from './cache/cache-api.ts';
import { createIsolateTier } from './cache/isolate.ts';
import type { ResultCache } from './cache/layered.ts';
import { createLayeredCache } from './cache/layered.ts';
import { createR2Tier } from './cache/r2.ts';
import { createClassifier } from './classify/classify.ts';
import {
  CACHE_TIER_MS_MAX,
  DECODE_LIMITS,
  EDGE_QUEUE_MS_MAX,
  FETCH_BYTES_MAX,
  ISOLATE_RESULTS,
  REQUEST_BODY_LIMITS,
  REQUESTS_OPEN_MAX,
  RESIDENT_BYTES_MAX,
} from './classify/limits.ts';
import type { Reservations } from './classify/reservations.ts';
import { createReservations, createShare } from './classify/reservations.ts';
import { createTurns } from './classify/turns.ts';
import type { Config, ConfigProblem, Env } from './config.ts';
import { parseConfig } from './config.ts';
import type { EngineFailure } from './engine/engine.ts';
import { createFallbackEngine } from './engine/fallback.ts';
import { createOrtEngine } from './engine/ort/engine.ts';
import type { OrtService } from './engine/ort/protocol.ts';
import { createSimdEngine } from './engine/simd/engine.ts';
import { ENGINE_VERSION } from './engine/simd/pack.ts';
import { createApp, createMisconfiguredApp } from './http/app.ts';
import type { MemoryReport } from './http/memory-report.ts';
import { toReserved } from './http/memory-report.ts';
import { createReadiness } from './http/readiness.ts';
import type { App, Pages, RateLimiter } from './http/services.ts';
import { workerCodecModules } from './image/codec-modules.ts';
import type { ImageDecoder } from './image/image.ts';
import { createImageDecoder } from './image/image.ts';
import { hashWithDigestStream } from './model/digest-stream.ts';
import type { Models } from './model/models.ts';
import { createModels } from './model/models.ts';
import { findPack } from './model/packs.ts';
import { createR2Objects } from './model/r2.ts';
import { createStore } from './model/store.ts';
import type { UrlPolicy } from './net/check-url.ts';
import type { FetchFailure } from './net/fetch-public.ts';
import { fetchPublic } from './net/fetch-public.ts';
import { createOrigin } from './origin/client.ts';
import { createOipDialect } from './origin/dialect-oip.ts';
import { createOursDialect } from './origin/dialect-ours.ts';
import type { Origin } from './origin/origin.ts';
import type { OriginAuth } from './origin/sign.ts';
import type { Result } from './result.ts';
import { fail, ok } from './result.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import type { Webhooks } from './webhook/webhooks.ts';
import { wireTelemetry } from './worker/telemetry.ts';
import { wireWarm } from './worker/warm.ts';
import { watchOrigin } from './worker/watch-origin.ts';
import { wireWebhooks } from './worker/webhooks.ts';

interface Bindings extends Env {
  readonly ORT: OrtService & object;
  /** The files of the pages. */
  readonly ASSETS?: Fetcher;
}

/** Where this Worker is reached, by its latest request. */
interface Site {
  origin: string;
}

interface Wired {
  readonly app: App;
  readonly site: Site;
  /** Undefined where the configuration is bad, or no job table is bound. */
  readonly webhooks: Webhooks | undefined;
  /** Keeps the list warm; undefined where the configuration is bad. */
  readonly warm: (() => Promise<void>) | undefined;
}

// The isolate's one module-level state: wired by its first event, for all that follow.
let wired: Promise<Wired> | undefined;

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { origin } = new URL(request.url);
    wired ??= wire(env, origin);
    const { app, site } = await wired;
    // Where a queue's message or the sweep came first, nobody had told it yet.
    site.origin = origin;
    return app.fetch(request, env, ctx);
  },
  async queue(batch, env): Promise<void> {
    wired ??= wire(env, ownOrigin(env));
    const { webhooks } = await wired;
    // A bad configuration loses nothing: the messages come again.
    if (webhooks === undefined) return batch.retryAll();
    if (batch.queue.endsWith('-dead')) await webhooks.consumeDead(batch.messages);
    else if (batch.queue.endsWith('-uploads')) await webhooks.consumeUploads(batch.messages);
    else await webhooks.consume(batch.messages);
  },
  async scheduled(_controller, env): Promise<void> {
    wired ??= wire(env, ownOrigin(env));
    const { webhooks, warm } = await wired;
    try {
      await webhooks?.sweep();
    } finally {
      await warm?.();
    }
  },
} satisfies ExportedHandler<Bindings>;

/** Where no request tells it: kept answers go by this name then. */
function ownOrigin({ OWN_HOSTS: hosts }: Bindings): string {
  return `https://${String(hosts ?? '').split(/[\s,]+/)[0] || 'razorbill.invalid'}`;
}

async function wire(env: Bindings, origin: string): Promise<Wired> {
  const parsed = parseConfig(env);
  if (!parsed.ok) return misconfigured(env, parsed.failure.problems);
  return wireServices(env, parsed.value, origin);
}

function misconfigured(env: Bindings, problems: readonly ConfigProblem[]): Wired {
  const telemetry = wireTelemetry(env, 'error', Date.now);
  for (const { setting, saw, fix } of problems) {
    telemetry.log('error', 'misconfigured', { setting, fix, ...(saw && { saw }) });
  }
  const app = createMisconfiguredApp(problems, env.ENVIRONMENT === 'local');
  return { app, site: { origin: '' }, webhooks: undefined, warm: undefined };
}

async function wireServices(env: Bindings, config: Config, origin: string): Promise<Wired> {
  const site: Site = { origin };
  const clock = Date.now;
  const telemetry = wireTelemetry(env, config.logLevel, clock);
  const decoder = createImageDecoder(workerCodecModules);
  const decodes = createReservations(DECODE_LIMITS);
  const graphs = createShare(decodes);
  const models = wireModels(env, config, { clock, telemetry, graphs });
  const turns = createTurns();
  const bodies = createReservations(REQUEST_BODY_LIMITS);
  const classifier = createClassifier({
    models,
    decoder,
    results: wireResults(env, config, site, telemetry),
    memory: decodes,
    queueMsMax: EDGE_QUEUE_MS_MAX,
    turns,
    place: 'edge',
    origin: wireOrigin(config, clock, telemetry),
    clock,
  });
  const { defaultModel } = config;
  const policy = () => urlPolicy(config, new URL(site.origin).hostname);
  const pictures = {
    bodies,
    fetchPicture: (url: string, allowedHosts: readonly string[] = []) =>
      fetchPicture(url, config, { ...policy(), allowedHosts }),
    fetchBytesMax: FETCH_BYTES_MAX,
  };
  const shared = { env, config, policy, classifier, models, telemetry, clock, ...pictures };
  const chance = {
    random: Math.random,
    randomBytes: (bytes: Uint8Array) => void crypto.getRandomValues(bytes),
    newId: () => crypto.randomUUID(),
  };
  const webhooks = await wireWebhooks({ ...shared, ...chance, background: waitUntil });
  if (!webhooks.ok) return misconfigured(env, webhooks.failure);
  const app = createApp({
    settings: config,
    webhooks: webhooks.value,
    classifier,
    models,
    arrived: turns.arrived,
    requestsOpenMax: REQUESTS_OPEN_MAX,
    readiness: createReadiness({ classifier, models, defaultModel, clock }),
    ...pictures,
    rateLimiter: wireRateLimiter(env, config),
    pages: wirePages(env, config),
    telemetry,
    memory: () => reportMemory(env.ORT, models, decoder, { bodies, decodes, graphs }),
    clock,
    newRequestId: chance.newId,
    random: chance.randomBytes,
  });
  return { app, site, webhooks: webhooks.value, warm: wireWarm(shared) };
}

async function reportMemory(
  ort: OrtService,
  models: Models,
  decoder: ImageDecoder,
  reserved: Readonly<Record<string, Reservations>>,
): Promise<MemoryReport> {
  const { linearBytes } = await ort.memory();
  return [
    {
      isolate: 'razorbill',
      wasm: {
        image_decoder: { bytes: decoder.memoryBytes(), peak_bytes: decoder.peakMemoryBytes() },
        sessions: models.residentBytes(),
      },
      reserved: toReserved(reserved),
    },
    {
      // Linear memory never shrinks: what is held is the peak.
      isolate: 'razorbill-ort',
      wasm: { onnxruntime: { bytes: linearBytes, peak_bytes: linearBytes } },
      reserved: {},
    },
  ];
}

async function fetchPicture(
  url: string,
  config: Config,
  policy: UrlPolicy,
): Promise<Result<Uint8Array, FetchFailure>> {
  const fetched = await fetchPublic(url, {
    policy,
    limits: { bytesMax: FETCH_BYTES_MAX, timeoutMs: config.fetchTimeoutMs },
    fetch: (address, init) => fetch(address, init),
  });
  return fetched.ok ? ok(fetched.value.bytes) : fetched;
}

function urlPolicy(config: Config, host: string): UrlPolicy {
  const { fetchHttp, trustedOrigins } = config;
  return { http: fetchHttp, ownHosts: [...config.ownHosts, host], trustedOrigins };
}

function wireModels(
  env: Bindings,
  config: Config,
  { clock, telemetry, graphs }: ModelWiring,
): Models {
  const objects = createR2Objects(env.MODELS);
  const simd = createSimdEngine(
    kernels,
    (facts) => findPack(objects, facts.graph, ENGINE_VERSION),
    (bytes) => reserveGraph(graphs, bytes),
  );
  const engine = createFallbackEngine(simd, createOrtEngine(env.ORT), (model, reason) => {
    telemetry.log('info', 'engine_fallback', { model, reason });
  });
  return createModels({
    store: createStore(objects, hashWithDigestStream),
    engine,
    residentBytesMax: RESIDENT_BYTES_MAX,
    clock,
    refreshMs: config.modelRefreshSeconds * 1000,
    keepAlive: waitUntil,
    aliases: config.modelAliases,
  });
}

interface ModelWiring {
  readonly clock: () => number;
  readonly telemetry: Telemetry;
  readonly graphs: Reservations;
}

/**
 * A graph without a pack lies in JavaScript while it is read. It takes from the decoders' pool: a
 * large picture and a large graph at once are more than the isolate has.
 */
async function reserveGraph(
  graphs: Reservations,
  bytes: number,
): Promise<Result<() => void, EngineFailure>> {
  const taken = await graphs.take(Math.min(bytes, graphs.bytesMax));
  return taken.ok ? taken : fail({ code: 'engine_busy' });
}

function wireOrigin(config: Config, clock: () => number, telemetry: Telemetry): Origin | undefined {
  if (config.originUrl === '') return undefined;
  const { originUrl: url, originAuth: scheme, originSecret: secret } = config;
  const auth: OriginAuth = scheme === 'none' ? { scheme } : { scheme, secret };
  const shared = {
    url,
    auth,
    clock,
    fetch: (address: string, init: RequestInit) => fetch(address, init),
  };
  const dialect =
    config.originDialect === 'ours'
      ? createOursDialect(shared)
      : createOipDialect({
          ...shared,
          newId: () => crypto.randomUUID(),
          input: config.originInput,
          output: config.originOutput,
        });
  const origin = createOrigin({
    dialect,
    clock,
    random: Math.random,
    attemptMsMax: config.originTimeoutMs,
    hedging: config.originHedging === 'on',
  });
  return watchOrigin(origin, telemetry);
}

function wireResults(env: Bindings, config: Config, site: Site, telemetry: Telemetry): ResultCache {
  const tiers = [
    createIsolateTier(ISOLATE_RESULTS),
    createCacheApiTier(
      () => caches.open('results'),
      () => site.origin,
      config.resultCacheSeconds,
    ),
  ];
  if (env.RESULTS !== undefined && config.resultCacheR2 === 'on') {
    tiers.push(createR2Tier(env.RESULTS));
  }
  return createLayeredCache(tiers, {
    tierMsMax: CACHE_TIER_MS_MAX,
    countFailure: (tier, operation) => telemetry.count('cache_failures', { tier, operation }),
  });
}

function wirePages({ ASSETS: assets }: Bindings, { playground }: Config): Pages | undefined {
  if (assets === undefined || playground === 'off') return undefined;
  return (file, ifNoneMatch) => {
    const headers = ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch };
    // The binding looks at the path alone.
    return assets.fetch(`https://assets.invalid/pages/${file}`, { headers });
  };
}

function wireRateLimiter(env: Bindings, config: Config): RateLimiter | undefined {
  const binding = env.RATE_LIMIT;
  // On a laptop without keys there is one caller, and it is the one who would be shut out.
  const alone = config.environment === 'local' && config.auth === 'off';
  if (binding === undefined || alone) return undefined;
  return {
    quota: config.rateLimitQuota,
    windowSeconds: config.rateLimitWindowSeconds,
    admit: async (key) => (await binding.limit({ key })).success,
  };
}
