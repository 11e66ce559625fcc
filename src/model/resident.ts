import type { Digest } from '../digest.ts';
import type { ByteSource, Engine, EngineFailure, Session } from '../engine/engine.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ModelCard } from './card.ts';
import { LOADING_PATIENCE_MS } from './limits.ts';
import { createRoom, type Place, type Room } from './room.ts';

/** A session in use: it stays where it is until `release`. */
export interface Lease {
  /** Name of the engine that runs it. */
  readonly engine: string;
  readonly run: Session['run'];
  readonly runBytes?: NonNullable<Session['runBytes']>;
  release(): void;
}

/** Sessions of one engine, never more than a budget in bytes together. */
export interface ResidentSet {
  acquire(card: ModelCard, graph: ByteSource): Promise<Result<Lease, EngineFailure>>;
  has(graph: Digest): boolean;
  /** Held and reserved. */
  bytes(): number;
  /** The most that was held at once so far. */
  peakBytes(): number;
}

export interface ResidentOptions {
  readonly engine: Engine;
  readonly bytesMax: number;
  readonly clock: () => number;
  /** Lets work outlive the request that began it: others wait for the same load. */
  readonly keepAlive: (work: Promise<unknown>) => void;
}

interface Loading {
  readonly place: Place;
  readonly sinceMsEpoch: number;
  readonly loaded: Promise<Result<Session, EngineFailure>>;
}

export function createResidentSet(options: ResidentOptions): ResidentSet {
  const { engine, bytesMax, clock, keepAlive } = options;
  const room = createRoom(bytesMax, clock);
  const loading = new Map<Digest, Loading>();
  let peakBytes = 0;

  function begin(card: ModelCard, graph: ByteSource): Loading | EngineFailure {
    abandonOverdue(card.graph);
    const running = loading.get(card.graph);
    if (running !== undefined) return running;
    const bytes = engine.estimateBytes(card);
    const place = room.reserve(card.graph, bytes);
    if (place === undefined) return refusal(bytes, bytesMax);
    const loaded = load(engine, room, place, card, graph, bytesMax);
    const begun: Loading = {
      place,
      sinceMsEpoch: clock(),
      loaded: loaded.finally(() => end(begun)),
    };
    loading.set(card.graph, begun);
    keepAlive(begun.loaded);
    return begun;
  }

  function end(begun: Loading): void {
    const { graph } = begun.place;
    if (loading.get(graph) === begun) loading.delete(graph);
  }

  function abandonOverdue(graph: Digest): void {
    const running = loading.get(graph);
    if (running === undefined) return;
    if (clock() - running.sinceMsEpoch <= LOADING_PATIENCE_MS) return;
    loading.delete(graph);
    room.forget(running.place);
  }

  return {
    bytes: () => room.bytes(),
    peakBytes: () => peakBytes,
    has: (graph) => room.find(graph)?.session !== undefined,
    async acquire(card, graph) {
      const present = room.find(card.graph);
      if (present?.session !== undefined) {
        room.enter(present);
        return ok(createLease(room, present, present.session));
      }
      const begun = begin(card, graph);
      if ('code' in begun) return fail(begun);
      room.enter(begun.place);
      const loaded = await begun.loaded;
      if (loaded.ok) {
        peakBytes = Math.max(peakBytes, room.bytes());
        return ok(createLease(room, begun.place, loaded.value));
      }
      room.leave(begun.place);
      return loaded;
    },
  };
}

async function load(
  engine: Engine,
  room: Room,
  place: Place,
  card: ModelCard,
  graph: ByteSource,
  bytesMax: number,
): Promise<Result<Session, EngineFailure>> {
  const loaded = await engine.load(graph, card);
  if (!loaded.ok) {
    // Not remembered: the next request tries again.
    room.forget(place);
    return loaded;
  }
  if (room.settle(place, loaded.value)) return loaded;
  room.forget(place);
  return fail(refusal(loaded.value.bytes, bytesMax));
}

function createLease(room: Room, place: Place, session: Session): Lease {
  let out = true;
  async function watch<T>(running: Promise<Result<T, EngineFailure>>) {
    const ran = await running;
    // Its session is gone: whoever comes next loads afresh.
    if (!ran.ok && ran.failure.code === 'engine_failed') room.forget(place);
    return ran;
  }
  const { runBytes } = session;
  return {
    engine: session.engine,
    run: (input, deadlineMsEpoch) => watch(session.run(input, deadlineMsEpoch)),
    ...(runBytes === undefined ? {} : { runBytes: (input) => watch(runBytes(input)) }),
    release() {
      if (out) room.leave(place);
      out = false;
    },
  };
}

/** Room that others hold comes back; room that was never there does not. */
function refusal(bytes: number, bytesMax: number): EngineFailure {
  if (bytes <= bytesMax) return { code: 'engine_busy' };
  return { code: 'graph_refused', reason: `its session takes ${bytes} of ${bytesMax} bytes` };
}
