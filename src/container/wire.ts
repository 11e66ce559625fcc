import { Hono } from 'hono';
import { createIsolateTier } from '../cache/isolate.ts';
import { createLayeredCache } from '../cache/layered.ts';
import { createClassifier } from '../classify/classify.ts';
import { createReservations } from '../classify/reservations.ts';
import { NO_TURNS } from '../classify/turns.ts';
import { createNodeEngine } from '../engine/node/engine.ts';
import type { Provider } from '../engine/node/providers.ts';
import { createApp } from '../http/app.ts';
import { createReadiness } from '../http/readiness.ts';
import type { App } from '../http/services.ts';
import { nodeCodecModules } from '../image/codec-modules.node.ts';
import { createImageDecoder } from '../image/image.ts';
import { createModels, type Models } from '../model/models.ts';
import type { ObjectStore } from '../model/objects.ts';
import { createStore } from '../model/store.ts';
import { fail } from '../result.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { admit } from './admit.ts';
import { hashWithNode } from './hasher.ts';
import {
  CACHE_LIMITS,
  CACHE_TIER_MS_MAX,
  DECODE_LIMITS,
  MODEL_REFRESH_MS,
  toBodyLimits,
} from './limits.ts';
import { createMetrics, type Metrics, withCounters } from './metrics.ts';
import { busy } from './refuse.ts';
import type { Settings } from './settings.ts';

export interface OriginOptions {
  readonly settings: Settings;
  readonly providers: readonly Provider[];
  readonly objects: ObjectStore;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly random: (bytes: Uint8Array) => void;
}

export interface OriginApp {
  fetch(request: Request): Response | Promise<Response>;
  /** Requests that have no answer yet. */
  readonly open: () => number;
  /** From now on new requests are told to go elsewhere. */
  drain(): void;
  /** What was promised to be done behind an answer. */
  settle(): Promise<void>;
}

/** The same pipeline and routes as the Worker's, over native ONNX Runtime. */
export function wireOrigin(options: OriginOptions): OriginApp {
  const { settings, providers, clock } = options;
  const state = { open: 0, draining: false };
  const behind = createBehind();
  const metrics = createMetrics(() => state.open);
  const app = wireApp(options, metrics, behind.add);
  const outer = new Hono();
  outer.get('/metrics', async (c) => {
    c.header('content-type', metrics.registry.contentType);
    return c.body(await metrics.registry.metrics());
  });
  // Whatever the app serves: a route that comes later must not come without a lock.
  outer.use(admit(settings, clock));
  const context = { waitUntil: behind.add, passThroughOnException: () => {}, props: {} };
  outer.all('*', async (c) => {
    const response = await app.fetch(c.req.raw, {}, context);
    response.headers.set('x-execution-provider', providers[0] ?? '');
    return response;
  });
  return {
    open: () => state.open,
    drain() {
      state.draining = true;
    },
    settle: behind.settle,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const probe = /^\/(v2\/health\/|livez|readyz|metrics)/.test(pathname);
      const leaving = state.draining && !/^\/(v2\/health\/live|livez|metrics)/.test(pathname);
      if (leaving || (!probe && state.open >= settings.waitingMax)) {
        metrics.onRequest(routeOf(pathname), 503, 0);
        return busy();
      }
      const beganMs = clock();
      state.open++;
      try {
        const response = await outer.fetch(request);
        metrics.onRequest(routeOf(pathname), response.status, clock() - beganMs);
        return response;
      } finally {
        state.open--;
      }
    },
  };
}

interface Behind {
  add(work: Promise<unknown>): void;
  settle(): Promise<void>;
}

/** Work that outlives its request, as `waitUntil` has it. */
function createBehind(): Behind {
  const going = new Set<Promise<unknown>>();
  return {
    add(work) {
      const settled = work.catch(() => undefined).finally(() => going.delete(settled));
      going.add(settled);
    },
    async settle() {
      await Promise.all(going);
    },
  };
}

function wireModels(options: OriginOptions, metrics: Metrics, keepAlive: Behind['add']): Models {
  const { settings, providers, clock } = options;
  const { batchMax, batchDelayMs: delayMs, waitingMax, threads } = settings;
  const engine = createNodeEngine({
    providers,
    threads,
    clock,
    batches: { batchMax, delayMs, waitingMax },
    onRun: metrics.onRun,
  });
  return createModels({
    store: createStore(options.objects, hashWithNode),
    engine,
    residentBytesMax: settings.residentBytesMax,
    clock,
    refreshMs: MODEL_REFRESH_MS,
    keepAlive,
  });
}

function wireApp(options: OriginOptions, metrics: Metrics, keepAlive: Behind['add']): App {
  const { settings, clock } = options;
  const telemetry = withCounters(options.telemetry, metrics.registry);
  const models = wireModels(options, metrics, keepAlive);
  const classifier = createClassifier({
    models,
    decoder: createImageDecoder(nodeCodecModules),
    results: createLayeredCache([createIsolateTier(CACHE_LIMITS)], {
      tierMsMax: CACHE_TIER_MS_MAX,
      countFailure: (tier, operation) => telemetry.count('cache_failures', { tier, operation }),
    }),
    memory: createReservations(DECODE_LIMITS),
    // Its batches and requests in line are bounded by `waitingMax`; costs on cards are the edge's.
    queueMsMax: Number.POSITIVE_INFINITY,
    // Native threads infer; pictures that wait for each other would make no batch.
    turns: NO_TURNS,
    place: 'origin',
    origin: undefined,
    clock,
  });
  const { defaultModel, bodyBytesMax } = settings;
  return createApp({
    settings: { ...CLOSED, defaultModel, bodyBytesMax },
    classifier,
    models,
    arrived: NO_TURNS.arrived,
    requestsOpenMax: settings.waitingMax,
    readiness: createReadiness({ classifier, models, defaultModel, clock }),
    bodies: createReservations(toBodyLimits(bodyBytesMax)),
    rateLimiter: undefined,
    pages: undefined,
    webhooks: undefined,
    telemetry,
    memory: async () => [],
    clock,
    newRequestId: options.newId,
    random: options.random,
    // An origin is sent pictures; it fetches none.
    fetchPicture: async () => fail({ code: 'fetch_failed' }),
    fetchBytesMax: 1,
  });
}

/** Who may come in is decided before: see `admit`. */
const CLOSED = {
  environment: 'production',
  auth: 'off',
  apiKeys: [],
  corsOrigins: [],
  imagesMax: 16,
  resultScope: 'shared',
} as const;

/** Few values: a model's name or a stranger's path is none of them. */
function routeOf(pathname: string): string {
  const known = /^\/(v1\/classify|v1\/models|v2\/health|v2\/models|readyz|livez|metrics)/;
  return known.exec(pathname)?.[0] ?? 'other';
}
