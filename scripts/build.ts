// Builds what is not in git: the kernels of our engine, AssemblyScript to build/simd.wasm.
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCES = 'src/engine/simd/assembly';

// -O2 on purpose: -O3 hoists all loads of a kernel to its top and V8 then spills registers.
// memoryBase leaves the first 8 KB to the kernels' scratch; there is no static data.
const OPTIONS = [
  '--enable simd -O2 --noAssert --runtime stub',
  '--initialMemory 1 --memoryBase 8192',
].flatMap((line) => line.split(' '));

async function changedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}

/** Compiles the kernels unless the result is newer than every source. Returns the file's path. */
export async function buildKernels(): Promise<string> {
  return await build('kernels.ts', 'build/simd.wasm');
}

/** The loop that measures what the machine can do at most; benchmarks compare with it. */
export async function buildPeak(): Promise<string> {
  return await build('peak.ts', 'build/peak.wasm');
}

async function build(entry: string, output: string): Promise<string> {
  const target = join(ROOT, output);
  const folder = join(ROOT, SOURCES);
  const sources = (await readdir(folder)).map((file) => join(folder, file));
  const times = await Promise.all([...sources, fileURLToPath(import.meta.url)].map(changedMs));
  if (Math.max(...times) < (await changedMs(target))) return target;
  await mkdir(dirname(target), { recursive: true });
  // Written aside and renamed: tests that run side by side may all find the file missing.
  const aside = `${output}.${process.pid}`;
  const args = [join(SOURCES, entry), '-o', aside, '--baseDir', ROOT, ...OPTIONS];
  const built = await asc.main(args);
  if (built.error !== null) throw new Error(`asc failed\n${built.stderr.toString()}`);
  await rename(join(ROOT, aside), target);
  return target;
}

if (import.meta.main) console.log(await buildKernels());
