import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Some of the embedded models and all label lists, in a folder of one run for `withState`. */
export function writeModelsFolder(folder: string, names: readonly string[]): string {
  const dir = join(folder, 'models');
  mkdirSync(dir);
  for (const name of names) {
    for (const type of ['json', 'onnx']) cpSync(`models/${name}.${type}`, `${dir}/${name}.${type}`);
  }
  cpSync('models/labels', join(dir, 'labels'), { recursive: true });
  return dir;
}
