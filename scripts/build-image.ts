// Builds what is not in git: the image path's kernels, AssemblyScript to build/image.wasm.
import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  // Large, and seldom needed.
  const { default: asc } = await import('assemblyscript/asc');
  const built = await asc.main([entry, '-o', TARGET, '--baseDir', ROOT, ...OPTIONS]);
  if (built.error !== null) throw new Error(`asc failed\n${built.stderr.toString()}`);
  return target;
}

if (import.meta.main) console.log(await buildImageKernels());
