import { CACHED_ANSWER_CPU_MS } from '../../src/classify/cost.ts';
import type { ModelCard } from '../../src/model/card.ts';
import { FIGURES } from './figures.ts';
import { PRICES } from './prices.ts';

export type Place = 'edge' | 'origin';

/** US dollars of a million pictures, one a request, beyond what the plan holds. */
export interface MillionCost {
  readonly requests: number;
  readonly cpu: number;
  /** An origin's processors at the load that it is planned for; idle time comes on top. */
  readonly origin: number;
  readonly all: number;
  /** With answers kept worldwide, at most: every kept answer read there, and a month's storage. */
  readonly worldwide: number;
  /** Workers AI's ResNet-50 for what is not kept; the same requests and look-ups before it. */
  readonly workersAi: number;
}

/** Undefined where nobody has measured this model there: no figure beats a made-up one. */
export function millionCost(card: ModelCard, place: Place, kept: number): MillionCost | undefined {
  const inference = card.cost.find(({ engine }) => engine === 'simd')?.cpu_ms;
  const perSecond = FIGURES.originPicturesPerSecond[card.name];
  const computed = 1 - kept;
  const requests = PRICES.requests.usd;
  const lookUp = CACHED_ANSWER_CPU_MS * PRICES.cpu.usd;
  let cpu = lookUp;
  let origin = 0;
  if (place === 'edge') {
    if (inference === undefined) return undefined;
    cpu += computed * (FIGURES.decodeCpuMs + inference) * PRICES.cpu.usd;
  } else {
    if (perSecond === undefined) return undefined;
    const hours = 1e6 / (perSecond * FIGURES.originLoad) / 3600;
    origin = computed * hours * PRICES.container.usd;
  }
  const all = requests + cpu + origin;
  return {
    requests,
    cpu,
    origin,
    all,
    worldwide: all + worldwideTier(card, place, computed),
    workersAi: requests + lookUp + computed * PRICES.workersAi.usd,
  };
}

function worldwideTier(card: ModelCard, place: Place, computed: number): number {
  const { reads, writes } = FIGURES.worldwide.computed[place];
  const kept = FIGURES.worldwide.kept;
  const readsAll = computed * reads + (1 - computed) * kept.reads;
  const gigabytes = (computed * writes * 1e6 * answerBytes(card)) / 1e9;
  return (
    readsAll * PRICES.r2Reads.usd +
    computed * writes * PRICES.r2Writes.usd +
    gigabytes * PRICES.r2Storage.usd
  );
}

/** An entry: four bytes a class, and what it says of the picture. */
function answerBytes({ classes }: ModelCard): number {
  return FIGURES.worldwide.answerBytes + 4 * classes;
}

export interface EventCost {
  readonly requests: number;
  readonly cpu: number;
  readonly queues: number;
  readonly d1: number;
  readonly all: number;
}

/** A million events of one picture each, nothing kept, each with its callback. */
export function eventCost(card: ModelCard): EventCost | undefined {
  const computed = millionCost(card, 'edge', 0);
  if (computed === undefined) return undefined;
  const { messages, rowsRead, rowsWritten } = FIGURES.event;
  // A batch of messages is one invocation: at worst each comes alone.
  const requests = (1 + messages) * PRICES.requests.usd;
  const queues = messages * 3 * PRICES.queues.usd;
  const d1 = rowsRead * PRICES.d1Reads.usd + rowsWritten * PRICES.d1Writes.usd;
  const { cpu } = computed;
  return { requests, cpu, queues, d1, all: requests + cpu + queues + d1 };
}

/** CPU-ms a picture at which the edge costs what Workers AI's ResNet-50 does. */
export function breakEvenCpuMs(): number {
  return PRICES.workersAi.usd / PRICES.cpu.usd;
}
