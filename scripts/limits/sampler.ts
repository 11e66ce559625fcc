import type { IsolateMemory } from '../../src/http/memory-report.ts';
import { pause } from '../bench/measure.ts';
import { type HeapProbe, openHeapProbe } from '../workerd/heap.ts';
import {
  addUp,
  type IsolateBytes,
  largestOf,
  NO_BYTES,
  worstCase,
} from '../workerd/isolate-memory.ts';
import type { Workerd } from '../workerd/workerd.ts';

export interface IsolatePeaks {
  readonly isolate: string;
  /** Each part's peak, and the largest total that was seen at one moment. */
  readonly seen: IsolateBytes;
  /** The parts' peaks added up, with what decodes took between two looks. */
  readonly bound: IsolateBytes;
}

export interface Sampled {
  readonly isolates: readonly IsolatePeaks[];
  readonly looks: number;
  /** Looks at one isolate that its inspector did not answer in time. */
  readonly unanswered: number;
  /** Of the whole process with all its isolates: a cross-check. */
  readonly residentBytesPeak: number | undefined;
  readonly lastReport: readonly IsolateMemory[];
}

const EVERY_MS = 25;

/** Looks at every isolate, again and again, while `work` goes on. */
export async function sampleDuring(workerd: Workerd, work: () => Promise<void>): Promise<Sampled> {
  let report = await readReport(workerd.url);
  const probes = new Map<string, HeapProbe>();
  for (const { isolate } of report) {
    probes.set(isolate, await openHeapProbe(workerd.inspector, isolate));
  }
  const seen = new Map<string, IsolateBytes>();
  let residentBytesPeak: number | undefined;
  let looks = 0;
  let unanswered = 0;
  let ended = false;
  const look = async (): Promise<void> => {
    report = await readReport(workerd.url);
    for (const memory of report) {
      const usage = await probes.get(memory.isolate)?.read();
      if (usage === undefined) {
        unanswered++;
        continue;
      }
      const before = seen.get(memory.isolate) ?? NO_BYTES;
      seen.set(memory.isolate, largestOf(before, addUp(usage, memory)));
    }
    const resident = workerd.use?.residentBytes();
    if (resident !== undefined) residentBytesPeak = Math.max(residentBytesPeak ?? 0, resident);
    looks++;
  };
  const looking = (async () => {
    for (; !ended; await pause(EVERY_MS)) await look();
  })();
  try {
    await Promise.race([work(), looking]);
  } finally {
    ended = true;
    await looking;
  }
  await look();
  for (const probe of probes.values()) probe.close();
  const isolates = report.map((memory): IsolatePeaks => {
    const parts = seen.get(memory.isolate) ?? NO_BYTES;
    return { isolate: memory.isolate, seen: parts, bound: worstCase(parts, memory) };
  });
  return { isolates, looks, unanswered, residentBytesPeak, lastReport: report };
}

async function readReport(url: string): Promise<readonly IsolateMemory[]> {
  const response = await fetch(`${url}/debug/memory`);
  return ((await response.json()) as { isolates: readonly IsolateMemory[] }).isolates;
}
