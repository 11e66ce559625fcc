import type { Network } from '../call.ts';
import { createKeyStore, type KeyStore } from '../key-store.ts';

/** The browser, as the pages see it. */
export const network: Network = {
  fetch: (path, init) => fetch(path, init),
  online: () => navigator.onLine,
  clock: () => performance.now(),
};

export const keys: KeyStore = createKeyStore(() => sessionStorage);
