import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../commands/paths.ts';

/** What a stage made of its inputs: some bytes, and facts about them. */
export interface Product<Facts> {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly facts: Facts;
}

export type Stage = 'float' | 'int8' | 'evaluation';

/**
 * The finished stages of one model's `add`, on disk. A product's name holds a digest of all that it
 * was made from, so that a change of any input makes it anew, and a repeated run finds it. The
 * facts are written last: a product without them was interrupted, and counts as none.
 */
export interface Products {
  find<Facts>(stage: Stage, inputs: readonly unknown[]): Product<Facts> | undefined;
  /** What else the stage left is removed. */
  keep<Facts>(stage: Stage, inputs: readonly unknown[], product: Product<Facts>): void;
  /** What is there of a stage, whatever it was made from. */
  latest(stage: Stage): string | undefined;
}

export function openProducts(folder: string): Products {
  const pathOf = (stage: Stage, inputs: readonly unknown[]): string => {
    const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
    return join(folder, `${stage}-${key}`);
  };
  return {
    find<Facts>(stage: Stage, inputs: readonly unknown[]) {
      const path = pathOf(stage, inputs);
      if (!existsSync(`${path}.json`) || !existsSync(`${path}.bin`)) return undefined;
      const facts = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Facts;
      return { bytes: new Uint8Array(readFileSync(`${path}.bin`)), facts };
    },
    keep(stage, inputs, { bytes, facts }) {
      const path = pathOf(stage, inputs);
      mkdirSync(folder, { recursive: true });
      for (const file of filesOf(folder, stage)) rmSync(join(folder, file), { recursive: true });
      writeWhole(`${path}.bin`, bytes);
      writeWhole(`${path}.json`, JSON.stringify(facts));
    },
    latest(stage) {
      const done = filesOf(folder, stage).find((file) => file.endsWith('.json'));
      return done === undefined ? undefined : join(folder, done.replace(/json$/, 'bin'));
    },
  };
}

function filesOf(folder: string, stage: Stage): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.startsWith(`${stage}-`));
}
