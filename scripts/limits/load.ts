import type { LoadPicture } from './pictures.ts';

/** What the load met, by status and code (`200`, `413 too_large`): how often. */
export type Outcomes = Map<string, number>;

export interface LoadReport {
  readonly outcomes: ReadonlyMap<string, number>;
  /** What each photograph got, asked alone. */
  readonly alone: ReadonlyMap<string, string>;
}

export interface Load {
  readonly url: string;
  readonly models: readonly string[];
  readonly photographs: readonly LoadPicture[];
  readonly samples: readonly LoadPicture[];
  readonly suite: readonly LoadPicture[];
}

/** Large ones alone, then several at once among small ones, forms of many, and every format. */
export async function putUnderLoad(load: Load): Promise<LoadReport> {
  const { models, photographs, samples, suite } = load;
  const outcomes: Outcomes = new Map();
  const alone = new Map<string, string>();
  const ask = (picture: LoadPicture, model: string) =>
    send(load.url, picture.bytes, model, outcomes);
  for (const picture of photographs) {
    for (const model of models) alone.set(picture.name, await ask(picture, model));
  }
  const mixed = photographs.flatMap((photograph, i) => {
    const sample = samples[i % samples.length];
    return sample === undefined ? [photograph] : [photograph, sample, sample];
  });
  for (const model of models) {
    await atOnce(mixed, MIXED_AT_ONCE, (picture, i) => ask(picture, models[i % 2] ?? model));
  }
  const forms = Array.from({ length: FORMS }, () => toForm(samples));
  await atOnce(forms, FORMS, (form, i) => send(load.url, form, models[i % 2] ?? '', outcomes));
  const all = [...suite, ...photographs, ...suite];
  await atOnce(all, SUITE_AT_ONCE, (picture, i) => ask(picture, models[i % 2] ?? ''));
  return { outcomes, alone };
}

const MIXED_AT_ONCE = 6;
const SUITE_AT_ONCE = 8;
const FORMS = 4;
const IMAGES_PER_FORM = 16;

/** As many pictures as a request takes by default. */
function toForm(samples: readonly LoadPicture[]): FormData {
  const form = new FormData();
  for (let i = 0; i < IMAGES_PER_FORM; i++) {
    const { bytes, name } = samples[i % samples.length] ?? { bytes: new Uint8Array(), name: '' };
    form.append('image', new Blob([bytes]), name);
  }
  return form;
}

async function send(
  url: string,
  body: Uint8Array<ArrayBuffer> | FormData,
  model: string,
  outcomes: Outcomes,
): Promise<string> {
  const response = await fetch(`${url}/v1/classify?model=${model}`, {
    method: 'POST',
    body,
    headers: { 'cache-control': 'no-cache' },
  });
  const answer = (await response.json()) as { code?: string };
  const outcome = [response.status, answer.code].filter(Boolean).join(' ');
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  return outcome;
}

/** Runs `work` over the items, `width` of them at any time. */
export async function atOnce<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const entries = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of entries) await work(item, index);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
