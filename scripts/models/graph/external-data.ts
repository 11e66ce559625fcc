import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { FindExternal } from '../../../src/onnx/wire.ts';
import { checkpointBytesMax } from '../limits.ts';

/**
 * Tensors of an ONNX file that lie in files beside it, as exporters write large ones. A location
 * is a relative path below the file's own folder; what leads out of it (`..`, an absolute path, a
 * link) is not opened. All tensors together are bounded as one file is.
 */
export function openBeside(path: string): FindExternal {
  let left = checkpointBytesMax;
  return function readBeside(location, offset, bytes) {
    const file = inside(path, location);
    if (file === undefined || bytes > left) return undefined;
    left -= bytes;
    try {
      return readPart(file, offset, bytes);
    } catch {
      // Not ours to read: refused like one that is not there.
      return undefined;
    }
  };
}

/** The real path, if it is below the folder of `path` and a name that every system reads alike. */
function inside(path: string, location: string): string | undefined {
  const parts = location.split('/');
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!plain || /[\\:\0]/.test(location)) return undefined;
  try {
    const folder = realpathSync(dirname(path));
    const file = realpathSync(join(folder, ...parts));
    return file.startsWith(folder + sep) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Memory is asked for only once the file is known to hold that much; a pipe is never opened. */
function readPart(path: string, offset: number, bytes: number): Uint8Array | undefined {
  const stat = statSync(path);
  if (!stat.isFile() || offset + bytes > stat.size) return undefined;
  const file = openSync(path, 'r');
  try {
    const part = new Uint8Array(bytes);
    let read = 0;
    while (read < bytes) {
      const more = readSync(file, part, read, bytes - read, offset + read);
      if (more === 0) return undefined;
      read += more;
    }
    return part;
  } finally {
    closeSync(file);
  }
}
