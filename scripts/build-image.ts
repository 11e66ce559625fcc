// Builds what is not in git: the image path's kernels, AssemblyScript to build/image.wasm.
import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCES = 'src/image/assembly';
const TARGET = 'build/image.wasm';

// -O2 on purpose: -O3 hoists all loads of a kernel to its top and V8 then spills registers.
const OPTIONS = '--enable simd -O2 --noAssert --runtime stub --initialMemory 8'.split(' ');

async function changedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}

/** Compiles the kernels unless the result is newer than every source. Returns the file's path. */
export async function buildImageKernels(): Promise<string> {
  const target = join(ROOT, TARGET);
  const folder = join(ROOT, SOURCES);
  const sources = (await readdir(folder)).map((file) => join(folder, file));
  const times = await Promise.all([...sources, fileURLToPath(import.meta.url)].map(changedMs));
  if (Math.max(...times) < (await changedMs(target))) return target;
  await mkdir(dirname(target), { recursive: true });
  const entry = join(SOURCES, 'image.ts');
  // In a process of its own: asc's types would change those of `console` for all scripts.
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/asc'));
  const bin = join(dirname(compiler), '..', 'bin', 'asc.js');
  // Written beside and renamed, so that whoever builds at the same time finds a whole file.
  const written = `${TARGET}.${process.pid}`;
  const args = [bin, entry, '-o', written, '--baseDir', ROOT, ...OPTIONS];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  await rename(join(ROOT, written), target);
  return target;
}

if (import.meta.main) console.log(await buildImageKernels());
