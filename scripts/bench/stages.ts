import { existsSync, readFileSync } from 'node:fs';
import { readPhotographs } from '../limits/pictures.ts';
import { textTable } from '../text-table.ts';
import type { Service } from './kinds.ts';
import { bareKind, kindName, modelKinds } from './kinds.ts';
import type { Kind, Measured } from './measure.ts';
import { costMs } from './measure.ts';

/** A photograph from its bytes to its label: what each stage of an uncached request costs. */
export interface StagesReport {
  /** Reading the request and answering it with nothing, as any Worker does. */
  readonly transport: number;
  /** Hash, looking for a kept answer, the view of the scores. */
  readonly lookup: number;
  /** Header, decoding, resampling, hash of the pixels; keeping the answer under the new file's. */
  readonly decode: number;
  readonly inference: number;
  readonly all: number;
}

export interface StagedPicture {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const SMALL = '../shared/data/imagenet-val/ILSVRC2012_val_00000001.JPEG';
const SMALL_STAND_IN = 'models/samples/rocket.jpg';

/** JPEGs of 0.2 and 12 megapixels, real ones where ../shared is there. */
export async function stagedPictures(): Promise<readonly StagedPicture[]> {
  const small = existsSync(SMALL) ? SMALL : SMALL_STAND_IN;
  const large = (await readPhotographs()).find(({ name }) => /12mp|4032/.test(name));
  if (large === undefined) throw new Error('bench: no photograph of 12 megapixels');
  return [
    { name: '0.2 MP', bytes: new Uint8Array(readFileSync(small)) },
    { name: '12 MP', bytes: large.bytes },
  ];
}

/** Four kinds of requests, each of which does one stage more than the one before. */
export function stageKinds(
  service: Service,
  model: string,
  { name, bytes }: StagedPicture,
): readonly Kind[] {
  const own = { ...service, photograph: bytes };
  const bare = { ...bareKind(own), name: bareName(name) };
  return [bare, ...modelKinds(own, model, labelOf(model, name))];
}

export function toStages(
  model: string,
  picture: string,
  measured: ReadonlyMap<string, Measured>,
): StagesReport {
  const cost = (name: string): number => {
    const found = measured.get(name);
    if (found === undefined) throw new RangeError(`stages: ${name} was not measured`);
    return costMs(found);
  };
  const label = labelOf(model, picture);
  const transport = cost(bareName(picture));
  const cached = cost(kindName(label, 'cached'));
  const decoded = cost(kindName(label, 'decoded'));
  const all = cost(kindName(label, 'uncached'));
  return {
    transport,
    lookup: cached - transport,
    decode: decoded - cached,
    inference: all - decoded,
    all,
  };
}

export function toStagesTable(stages: Readonly<Record<string, StagesReport>>): string {
  const head = ['CPU ms', 'transport', 'hash, look-up, view', 'decode', 'inference', 'in all'];
  const rows = Object.entries(stages).map(([name, report]) => {
    const { transport, lookup, decode, inference, all } = report;
    return [name, ...[transport, lookup, decode, inference, all].map((ms) => ms.toFixed(1))];
  });
  return textTable(head, rows);
}

function labelOf(model: string, picture: string): string {
  return `${model}, ${picture}`;
}

function bareName(picture: string): string {
  return `bare, ${picture}`;
}
