import type { ModelsDocument } from './api.ts';
import type { Service } from './call.ts';
import type { KeyStore } from './key-store.ts';
import { isUnauthorized, type Trouble } from './trouble.ts';

export type ModelsState =
  | { readonly phase: 'asking' }
  | { readonly phase: 'key'; readonly refused: boolean }
  | { readonly phase: 'failed'; readonly trouble: Trouble }
  | { readonly phase: 'listed'; readonly document: ModelsDocument };

/** Asks for the list; `typed` is a key to be held from now on. */
export async function listModels(
  service: Service,
  keys: KeyStore,
  typed?: string,
): Promise<ModelsState> {
  if (typed !== undefined) keys.write(typed);
  const held = keys.read();
  const listed = await service.models(held);
  if (listed.ok) return { phase: 'listed', document: listed.value };
  const { failure: trouble } = listed;
  if (!isUnauthorized(trouble)) return { phase: 'failed', trouble };
  keys.write('');
  return { phase: 'key', refused: held !== '' };
}
