// Builds what is not in git: the kernels, from AssemblyScript to build/*.wasm, and the page's
// files, build/site. `kernels` as its argument builds those alone: all that the container runs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const ASC = join('node_modules', 'assemblyscript', 'bin', 'asc.js');

interface Kernels {
  readonly folder: string;
  readonly entry: string;
  readonly output: string;
  readonly options: string;
}

const SIMD: Kernels = {
  folder: 'src/engine/simd/assembly',
  entry: 'kernels.ts',
  output: 'build/simd.wasm',
  // memoryBase leaves the first 8 KB to the kernels' scratch; there is no static data.
  options: '--initialMemory 1 --memoryBase 8192',
};

const IMAGE: Kernels = {
  folder: 'src/image/assembly',
  entry: 'image.ts',
  output: 'build/image.wasm',
  options: '--initialMemory 8',
};

const PEAK: Kernels = { ...SIMD, entry: 'peak.ts', output: 'build/peak.wasm' };

// -O2 on purpose: -O3 hoists all loads of a kernel to its top and V8 then spills registers.
const OPTIONS = '--enable simd -O2 --noAssert --runtime stub';

/** For tests: kernels that trap, and ones that soon have no more memory. */
const TRAPPING: Kernels = { ...SIMD, entry: 'trapping.ts', output: 'build/simd-trapping.wasm' };
const CRAMPED: Kernels = {
  ...SIMD,
  output: 'build/simd-cramped.wasm',
  options: `${SIMD.options} --maximumMemory 20`,
};

/** Compiles the kernels that are older than their sources. */
export async function buildKernels(): Promise<void> {
  build(SIMD);
  build(IMAGE);
}

/** The kernels of our engine alone. Returns the file's path. */
export async function buildSimdKernels(): Promise<string> {
  return build(SIMD);
}

/** The kernels of the image path alone. Returns the file's path. */
export async function buildImageKernels(): Promise<string> {
  return build(IMAGE);
}

/** What only tests run. */
export async function buildTestKernels(): Promise<void> {
  build(TRAPPING);
  build(CRAMPED);
}

/** The loop that measures what the machine can do at most; benchmarks compare with it. */
export async function buildPeak(): Promise<string> {
  return build(PEAK);
}

function build({ folder, entry, output, options }: Kernels): string {
  const target = join(ROOT, output);
  const sources = readdirSync(join(ROOT, folder)).map((file) => join(ROOT, folder, file));
  const newest = Math.max(...[...sources, fileURLToPath(import.meta.url)].map(changedMs));
  if (newest < changedMs(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  // Written aside and renamed: tests that run side by side may all find the file missing.
  const aside = `${output}.${process.pid}`;
  // As a command: its type declarations would bring AssemblyScript's own globals into ours.
  const args = [ASC, join(folder, entry), '-o', aside, '--baseDir', ROOT];
  const command = [...args, ...OPTIONS.split(' '), ...options.split(' ')];
  const done = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`asc failed\n${done.stdout}${done.stderr}`);
  renameSync(join(ROOT, aside), target);
  return target;
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** What only a page needs; the bundler is loaded for nothing else. */
async function buildPage(): Promise<void> {
  const { buildSite } = await import('./site/build-site.ts');
  await buildSite();
}

if (import.meta.main) {
  await buildKernels();
  if (process.argv[2] !== 'kernels') await buildPage();
}
