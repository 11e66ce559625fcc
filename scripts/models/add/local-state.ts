import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MODELS } from '../commands/paths.ts';
import { checkpointFolder } from '../pull/pull.ts';
import { modelFolder, readyFolder } from './added-model.ts';
import { openProducts } from './products.ts';

/** What of a model is on this machine, each as a path. */
export interface LocalState {
  readonly checkpoint?: string;
  /** Begun and not ended: `pull` goes on from there. */
  readonly partial?: string;
  readonly fp32?: string;
  readonly int8?: string;
  /** Card, graph and labels, ready to push. */
  readonly ready?: string;
  readonly embedded: boolean;
}

export function readLocalState(cache: string, name: string): LocalState {
  const folder = checkpointFolder(cache, name);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const partial = files.find((file) => file.endsWith('.partial'));
  const checkpoint = files.find((file) => !/\.(partial|json|lock)$/.test(file));
  const products = openProducts(modelFolder(cache, name));
  const ready = join(readyFolder(cache, name), `${name}.json`);
  return {
    ...(checkpoint !== undefined && { checkpoint: join(folder, checkpoint) }),
    ...(partial !== undefined && { partial: join(folder, partial) }),
    ...definedPath('fp32', products.latest('float')),
    ...definedPath('int8', products.latest('int8')),
    ...definedPath('ready', existsSync(ready) ? ready : undefined),
    embedded: existsSync(join(MODELS, `${name}.onnx`)),
  };
}

function definedPath(key: string, path: string | undefined): Readonly<Record<string, string>> {
  return path === undefined ? {} : { [key]: path };
}

export function bytesOf(path: string): number {
  return statSync(path).size;
}

/** Names that `add` made and the catalogue does not have. */
export function listOwnModels(cache: string): readonly string[] {
  const folder = join(cache, 'models');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'ready')));
}
