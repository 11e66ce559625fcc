import { percentile } from '../bench/statistics.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import { batchMs, type Figures } from './figures.ts';
import { createLongLived, createRecent, type Kept } from './kept.ts';
import { isolatesMax } from './limits.ts';
import { createRandom, exponential, type Random } from './random.ts';
import { type FleetSettings, ISOLATE, ORIGIN } from './settings.ts';
import { createStation, type Station } from './station.ts';
import { createZipf, type Zipf } from './zipf.ts';

export type Where = 'isolate' | 'cache_api' | 'r2' | 'edge' | 'origin';

export interface FleetReport {
  readonly arrived: number;
  /** Of those that came after the first fifth, which only fills isolates. */
  readonly counted: number;
  readonly answered: Readonly<Record<Where, number>>;
  readonly hitRatio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly coldStarts: number;
  /** Of the origins' time; 0 without one. */
  readonly originLoad: number;
  /** A counted request, on the mean. */
  readonly cpuMs: number;
  readonly r2Reads: number;
  readonly r2Writes: number;
}

interface Isolate {
  readonly station: Station;
  readonly kept: Kept;
  /** What its line will take, from now: the end of the last job, in simulated time. */
  freeMs: number;
  warmMs: number;
}

interface DataCentre {
  isolates: Isolate[];
  readonly kept: Kept;
}

const WARM_UP_SHARE = 0.2;

/** One rate, from the first request to the last answer. */
export function simulateFleet(settings: FleetSettings, figures: Figures): FleetReport {
  const world = createWorld(settings, figures);
  const { events, origin, tally, waits } = world;
  const perMs = settings.perSecond / 1000;
  const warmUp = Math.floor(settings.requests * WARM_UP_SHARE);
  let countedFromMs = 0;
  let originBusyMs = 0;
  let lastArrivalMs = 0;
  const schedule = (index: number) => {
    if (index >= settings.requests) return;
    events.at(events.nowMs + exponential(world.random, perMs), () => {
      if (index === warmUp) {
        countedFromMs = events.nowMs;
        originBusyMs = origin?.busyMs ?? 0;
      }
      lastArrivalMs = events.nowMs;
      arrive(world, index >= warmUp);
      schedule(index + 1);
    });
  };
  schedule(0);
  events.drain();
  const counted = waits.length;
  const { isolate, cache_api, r2 } = tally.answered;
  const originMs = settings.origins * (lastArrivalMs - countedFromMs);
  return {
    ...tally,
    counted,
    hitRatio: (isolate + cache_api + r2) / counted,
    p50Ms: percentile(waits, 50),
    p99Ms: percentile(waits, 99),
    originLoad: originMs > 0 ? ((origin?.busyMs ?? 0) - originBusyMs) / originMs : 0,
    cpuMs: tally.cpuMs / counted,
  };
}

interface World {
  readonly settings: FleetSettings;
  readonly figures: Figures;
  readonly random: Random;
  readonly events: EventQueue;
  readonly images: Zipf;
  readonly places: Zipf;
  readonly centres: readonly DataCentre[];
  readonly r2: Kept;
  readonly origin: Station | undefined;
  readonly waits: number[];
  readonly tally: {
    arrived: number;
    coldStarts: number;
    cpuMs: number;
    r2Reads: number;
    r2Writes: number;
    readonly answered: Record<Where, number>;
  };
}

function createWorld(settings: FleetSettings, figures: Figures): World {
  const random = createRandom(settings.seed);
  const events = createEventQueue();
  const images = createZipf(settings.images, settings.exponent);
  const perMs = settings.perSecond / 1000;
  // Data centres differ as cities do: Zipf again.
  const places = createZipf(settings.dataCentres, 0.7);
  const kept = (lifetimeMs: number, share: number) =>
    createLongLived(lifetimeMs, (image) => perMs * share * images.probability(image), random);
  const centres = Array.from({ length: settings.dataCentres }, (_, place): DataCentre => {
    return {
      isolates: [],
      kept: kept(settings.cacheApiLifetimeMs, places.probability(place)),
    };
  });
  return {
    settings,
    figures,
    random,
    events,
    images,
    places,
    centres,
    r2: kept(settings.r2LifetimeMs, 1),
    origin: settings.origins === 0 ? undefined : createOrigin(events, settings.origins, figures),
    waits: [],
    tally: {
      arrived: 0,
      coldStarts: 0,
      cpuMs: 0,
      r2Reads: 0,
      r2Writes: 0,
      answered: { isolate: 0, cache_api: 0, r2: 0, edge: 0, origin: 0 },
    },
  };
}

interface Request {
  readonly image: number;
  readonly beganMs: number;
  readonly isolate: Isolate;
  readonly counts: boolean;
}

function arrive(world: World, counts: boolean): void {
  const { settings, figures, random, events, tally, r2 } = world;
  tally.arrived++;
  const image = world.images.draw(random);
  const centre = world.centres[world.places.draw(random)] as DataCentre;
  const { isolate, started } = takeIsolate(centre, events, settings, figures);
  if (counts && started) tally.coldStarts++;
  const request: Request = { image, beganMs: events.nowMs, isolate, counts };
  const hit = (where: Where, delayMs: number, kept: readonly Kept[]) => {
    work(world, request, delayMs, figures.lookUpMs, () => finish(world, request, where, kept));
  };
  const lookedMs = settings.cacheApiMs + settings.r2Ms;
  if (isolate.kept.has(image, events.nowMs)) hit('isolate', 0, []);
  else if (centre.kept.has(image, events.nowMs)) {
    hit('cache_api', settings.cacheApiMs, [isolate.kept]);
  } else {
    if (counts) tally.r2Reads++;
    const near = [isolate.kept, centre.kept];
    if (r2.has(image, events.nowMs)) hit('r2', lookedMs, near);
    else {
      if (counts) tally.r2Writes++;
      compute(world, request, lookedMs, [...near, r2]);
    }
  }
}

/** Nobody has the answer: the edge computes it, or the origin where the edge is cold or busy. */
function compute(world: World, request: Request, lookedMs: number, kept: readonly Kept[]): void {
  const { events, origin, figures, settings } = world;
  const { isolate, beganMs } = request;
  const atEdge = (delayMs: number) => {
    const loadMs = Math.max(0, isolate.warmMs - beganMs - delayMs);
    const cpuMs = figures.lookUpMs + figures.decodeMs + figures.inferenceMs;
    const done = () => finish(world, request, 'edge', kept);
    work(world, request, delayMs + loadMs, cpuMs, done);
  };
  const cold = isolate.warmMs > beganMs + lookedMs;
  const busy = isolate.freeMs - beganMs > ISOLATE.busyMs;
  if (origin === undefined || !(cold || busy)) {
    atEdge(lookedMs);
    return;
  }
  const halfMs = settings.originTripMs / 2;
  const done = () => {
    events.at(events.nowMs + halfMs, () => finish(world, request, 'origin', kept));
  };
  work(world, request, lookedMs, figures.lookUpMs, () => {
    events.at(events.nowMs + halfMs, () => {
      // A full line says so at once, and the edge computes.
      if (!origin.offer({ ms: 0, done })) atEdge(events.nowMs - beganMs);
    });
  });
}

/** Takes the isolate's one thread, `delayMs` after the request came. */
function work(
  { events, tally }: World,
  { isolate, beganMs, counts }: Request,
  delayMs: number,
  cpuMs: number,
  done: () => void,
): void {
  if (counts) tally.cpuMs += cpuMs;
  // The sum may fall short of now by its rounding.
  events.at(Math.max(events.nowMs, beganMs + delayMs), () => run(isolate, events, cpuMs, done));
}

function finish(
  { events, tally, waits }: World,
  { image, beganMs, counts }: Request,
  where: Where,
  kept: readonly Kept[],
): void {
  for (const tier of kept) tier.put(image, events.nowMs);
  if (!counts) return;
  tally.answered[where]++;
  waits.push(events.nowMs - beganMs);
}

function createOrigin(events: EventQueue, servers: number, figures: Figures): Station {
  return createStation(events, {
    servers,
    ...ORIGIN,
    waitingMax: ORIGIN.waitingMax * servers,
    batchMs: (jobs) => batchMs(figures.batches, jobs.length),
  });
}

/** The isolate with the shortest line; a new one where even that is busy. */
function takeIsolate(
  centre: DataCentre,
  events: EventQueue,
  settings: FleetSettings,
  figures: Figures,
): { readonly isolate: Isolate; readonly started: boolean } {
  const nowMs = events.nowMs;
  centre.isolates = centre.isolates.filter(({ freeMs }) => freeMs + settings.idleMs > nowMs);
  let best: Isolate | undefined;
  for (const isolate of centre.isolates) {
    if (best === undefined || isolate.freeMs < best.freeMs) best = isolate;
    // Whoever is idle will do, and the first is the likeliest to have the answer.
    if (best.freeMs <= nowMs) return { isolate: best, started: false };
  }
  const full = centre.isolates.length >= isolatesMax;
  if (best !== undefined && (full || best.freeMs - nowMs <= ISOLATE.busyMs)) {
    return { isolate: best, started: false };
  }
  const { bytes, otherBytes, answerBytes } = ISOLATE;
  const entriesMax = Math.max(
    1,
    Math.floor((bytes - otherBytes - figures.sessionBytes) / answerBytes),
  );
  const isolate: Isolate = {
    station: createStation(events, {
      servers: 1,
      batchMax: 1,
      waitingMax: Number.POSITIVE_INFINITY,
      batchMs: ([job]) => job?.ms ?? 0,
    }),
    kept: createRecent(entriesMax),
    freeMs: nowMs,
    warmMs: nowMs + figures.coldMs,
  };
  centre.isolates.push(isolate);
  return { isolate, started: true };
}

function run(isolate: Isolate, events: EventQueue, ms: number, done: () => void): void {
  isolate.freeMs = Math.max(isolate.freeMs, events.nowMs) + ms;
  isolate.station.offer({ ms, done });
}
