import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cardKey, graphKey, labelsKey, modelKey } from '../../src/model/keys.ts';
import type { Publication } from '../../src/model/publish.ts';

/** A folder laid out as the bucket, for an origin's ORIGIN_MODELS. The caller deletes it. */
export function writeBucketFolder(publications: readonly Publication[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-bucket-'));
  function write(key: string, content: Uint8Array | string): void {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), content);
  }
  for (const { card, graph, labels } of publications) {
    write(graphKey(card.graph), graph);
    write(labelsKey(labels.name), JSON.stringify(labels));
    write(cardKey(card.graph), JSON.stringify(card));
    write(modelKey(card.name), JSON.stringify(card));
  }
  return folder;
}
