import type { Digest } from '../digest.ts';
import type { Session } from '../engine/engine.ts';
import { LEASE_MS_MAX } from './limits.ts';

/** A graph's place in the room: reserved while its session loads, then holding it. */
export interface Place {
  readonly graph: Digest;
  /** The card's estimate while loading, then as measured. */
  bytes: number;
  /** Requests that wait for the session or run it. */
  uses: number;
  usedMsEpoch: number;
  session: Session | undefined;
}

/** Places within a budget in bytes. The longest unused makes room; what is in use stays. */
export interface Room {
  find(graph: Digest): Place | undefined;
  /** `undefined`: what is in use leaves too little. Then nothing was evicted either. */
  reserve(graph: Digest, bytes: number): Place | undefined;
  /** False when the place is no longer the graph's, or the bytes do not fit. */
  settle(place: Place, session: Session): boolean;
  enter(place: Place): void;
  leave(place: Place): void;
  /** Nobody enters any more; the session goes when its last user leaves. */
  forget(place: Place): void;
  bytes(): number;
}

export function createRoom(bytesMax: number, clock: () => number): Room {
  // In the order of last use, longest unused first.
  const places = new Map<Digest, Place>();

  function bytes(): number {
    return sumBytes(places.values());
  }

  function makeRoom(wanted: number): boolean {
    const now = clock();
    const idle = [...places.values()].filter((place) => isIdle(place, now));
    if (bytes() - sumBytes(idle) + wanted > bytesMax) return false;
    for (const place of idle) {
      if (bytes() + wanted <= bytesMax) break;
      places.delete(place.graph);
      close(place);
    }
    return true;
  }

  function forget(place: Place): void {
    if (places.get(place.graph) === place) places.delete(place.graph);
    if (place.uses === 0) close(place);
  }

  return {
    bytes,
    forget,
    find: (graph) => places.get(graph),
    reserve(graph, bytes) {
      if (!makeRoom(bytes)) return undefined;
      const place = { graph, bytes, uses: 0, usedMsEpoch: clock(), session: undefined };
      places.set(graph, place);
      return place;
    },
    settle(place, session) {
      const here = (): boolean => places.get(place.graph) === place;
      const stays = here() && makeRoom(session.bytes - place.bytes) && here();
      if (stays) {
        place.session = session;
        place.bytes = session.bytes;
      } else {
        session.dispose();
      }
      return stays;
    },
    enter(place) {
      place.uses++;
      place.usedMsEpoch = clock();
      if (places.get(place.graph) !== place) return;
      places.delete(place.graph);
      places.set(place.graph, place);
    },
    leave(place) {
      place.uses--;
      if (place.uses === 0 && places.get(place.graph) !== place) close(place);
    },
  };
}

/** A request that died never leaves; after a while its place counts as idle all the same. */
function isIdle(place: Place, now: number): boolean {
  return place.uses === 0 || now - place.usedMsEpoch > LEASE_MS_MAX;
}

function close(place: Place): void {
  place.session?.dispose();
  place.session = undefined;
}

function sumBytes(places: Iterable<Place>): number {
  let sum = 0;
  for (const place of places) sum += place.bytes;
  return sum;
}
