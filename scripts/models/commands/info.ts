import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import type { CatalogueEntry, ModelCard } from '../../../src/model/card.ts';
import { cardSchema } from '../../../src/model/card.ts';
import type { ModelFailure } from '../../../src/model/failure.ts';
import { modelKey } from '../../../src/model/keys.ts';
import { readDocument } from '../../../src/model/store.ts';
import { ok, type Result } from '../../../src/result.ts';
import { bytesOf, type LocalState, readLocalState } from '../add/local-state.ts';
import { findEntry } from '../catalogue.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { BUCKET_ARGUMENT, withBucket } from './bucket.ts';
import { printFailure, printResult } from './outcome.ts';
import { CACHE, STATE } from './paths.ts';

interface Published {
  readonly place: string;
  readonly card: ModelCard | undefined;
}

export const info = defineCommand({
  meta: { name: 'info', description: 'A model: its entry, what is here, what is in the bucket' },
  args: {
    name: { type: 'positional', required: true, description: "The model's name" },
    bucket: BUCKET_ARGUMENT,
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const { name } = args;
    const found = findEntry(name);
    const entry = found.ok ? found.value : undefined;
    const local = readLocalState(CACHE, name);
    const published = await readPublished(name, args.bucket);
    if (!published.ok) return printFailure(args.json, published.failure);
    const { card } = published.value;
    const nowhere = !local.embedded && Object.keys(local).length === 1;
    if (!found.ok && card === undefined && nowhere) {
      return printFailure(args.json, found.failure, 2);
    }
    const text = [...describeEntry(name, entry), ...describeLocal(local)];
    const lines = [...text, ...describePublished(published.value)];
    printResult(args.json, { name, entry, local, bucket: published.value }, lines.join('\n'));
  },
});

async function readPublished(
  name: string,
  bucket: string | undefined,
): Promise<Result<Published, { readonly code: string } & object>> {
  if (bucket !== 's3' && !existsSync(join(STATE, 'v3', 'r2'))) {
    return ok({ place: 'local bucket, which is empty', card: undefined });
  }
  return withBucket(bucket, async (objects): Promise<Result<Published, ModelFailure>> => {
    const card = await readDocument(objects, modelKey(name), cardSchema);
    return card.ok ? ok({ place: objects.place, card: card.value }) : card;
  });
}

function describeEntry(name: string, entry: CatalogueEntry | undefined): readonly string[] {
  if (entry === undefined) return [`${name}: not in the catalogue`];
  const { architecture, classes, input, computed, published, source, licence, notes } = entry;
  const { depth, variant, style } = architecture;
  const where = source.from === 'url' ? source.url : `npm ${source.package}@${source.version}`;
  const figures = published === undefined ? 'none' : `top-1 ${published.top1_percent} %`;
  const top5 = published?.top5_percent === undefined ? '' : `, top-5 ${published.top5_percent} %`;
  return [
    `${name}: ResNet-${depth} ${variant} (${style}), ${source.title}`,
    row('input', `${input.height} x ${input.width}, ${classes} classes of ${entry.labels}`),
    row('cost', `${computed.parameters} parameters, ${computed.macs} multiply-accumulates`),
    row('published', `${figures}${top5}`),
    row('weights', where),
    row('licence', licence),
    ...notes.map((note) => row('note', note)),
  ];
}

function describeLocal({ embedded, ...paths }: LocalState): readonly string[] {
  const lines = Object.entries(paths).map(([what, path]) => {
    return row(what, `${path}, ${(bytesOf(path) / 1e6).toFixed(1)} MB`);
  });
  const came = embedded ? [row('embedded', 'comes with the project')] : [];
  return [...came, ...lines];
}

function describePublished({ place, card }: Published): readonly string[] {
  if (card === undefined) return [row('in bucket', `nothing: the ${place}`)];
  const { graph, bytes, accuracy, calibration } = card;
  const { method, images, dataset } = calibration;
  const figures = accuracy.map(({ dataset: on, images: count, precision, top1 }) => {
    return row('measured', `${precision} top-1 ${(100 * top1).toFixed(2)} % of ${count}, ${on}`);
  });
  return [
    row('in bucket', `${graph}, ${(bytes / 1e6).toFixed(1)} MB, in the ${place}`),
    row('calibrated', images === 0 ? method : `${method}, ${images} pictures of ${dataset}`),
    ...figures,
  ];
}

function row(what: string, text: string): string {
  return `  ${what.padEnd(11)} ${text}`;
}
