import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { ROOT } from '../../models/commands/paths.ts';

const EDGE = 64;
/** Reference data that lies beside the project on some machines only. */
const VALIDATION = join(ROOT, '..', 'shared', 'data', 'imagenet-val');

/**
 * So many different pictures in a folder of their own: photographs of the reference data where
 * they lie beside the project, else pieces of a bundled photograph. `from` tells sets apart.
 */
export async function makePictures(folder: string, count: number, from: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(VALIDATION)) await cutPieces(folder, count, from);
  else {
    const files = readdirSync(VALIDATION)
      .filter((name) => /\.jpe?g$/i.test(name))
      .toSorted();
    // What the reference data has too few of is cut.
    const taken = files.slice(from, from + count);
    for (const name of taken) cpSync(join(VALIDATION, name), join(folder, name.toLowerCase()));
    await cutPieces(folder, count - taken.length, from + taken.length);
  }
  return folder;
}

export async function cutPieces(folder: string, count: number, from: number): Promise<void> {
  const photograph = sharp(join(ROOT, 'models', 'samples', 'boats.jpg'));
  const { width } = await photograph.metadata();
  const columns = Math.floor((width - EDGE) / 7);
  for (let i = from; i < from + count; i++) {
    const [left, top] = [(i % columns) * 7, Math.floor(i / columns) * 7];
    const piece = photograph.clone().extract({ left, top, width: EDGE, height: EDGE });
    writeFileSync(join(folder, `piece-${i}.jpg`), await piece.jpeg({ quality: 90 }).toBuffer());
  }
}
