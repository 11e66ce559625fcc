import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import type { ObjectStore } from '../model/objects.ts';
import { fail, ok } from '../result.ts';
import { readOnly } from './read-only.ts';

/**
 * A folder as object storage. `locate` turns a key into a path below `root`, or says that there is
 * no such object; keys come from names and digests that were checked, and are checked here again.
 */
export function createFolderObjects(
  root: string,
  locate: (key: string) => string | undefined = (key) => key,
): ObjectStore {
  const base = resolve(root);
  function pathOf(key: string): string | undefined {
    const path = locate(key);
    if (path === undefined) return undefined;
    const full = resolve(base, path);
    return full.startsWith(base + sep) ? full : undefined;
  }
  async function sizeOf(path: string | undefined): Promise<number | undefined> {
    if (path === undefined) return undefined;
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() ? found.size : undefined;
  }
  return {
    ...readOnly(),
    async get(key) {
      const path = pathOf(key);
      const bytes = await sizeOf(path);
      if (path === undefined || bytes === undefined) return ok(undefined);
      const body = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
      return ok({ bytes, body });
    },
    async head(key) {
      return ok(await sizeOf(pathOf(key)));
    },
    async list(prefix, keysMax) {
      const folder = pathOf(prefix === '' ? '.' : prefix.replace(/\/[^/]*$/, ''));
      if (folder === undefined) return fail({ code: 'model_unavailable', detail: prefix });
      const files = await readdir(folder).catch(() => []);
      const keys = files.map((file) => join(prefix.replace(/[^/]*$/, ''), file));
      return ok(
        keys
          .filter((key) => key.startsWith(prefix))
          .sort()
          .slice(0, keysMax),
      );
    },
  };
}
