import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { toThumbnail } from './thumbnail.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = join(ROOT, 'build');
const SITE = join(BUILD, 'site');
/** Which address each file got; src/page/assets.ts reads it. Written last. */
const MANIFEST = join(BUILD, 'site.json');

/** Scripts and styles, bundled and minified. An island is a script that wakes part of a page. */
const BUNDLES = ['src/page/islands/playground.ts', 'src/page/style/page.css'];

/** Served as they are. */
const FILES = ['src/page/files/favicon.svg'];

/** Photographs to try. The page shows their thumbnails and sends the files. */
const SAMPLES = ['chelsea.png', 'coffee.png', 'boats.jpg', 'rocket.jpg'];
const SAMPLES_FOLDER = 'models/samples';

const HEADERS = 'src/page/files/_headers';
const SOURCES = ['src/page', 'scripts/site', SAMPLES_FOLDER];

interface Asset {
  /** As the pages know it: `page.css`. */
  readonly name: string;
  readonly contents: Uint8Array;
}

/** Makes the folder that the platform serves by itself; does nothing when nothing has changed. */
export async function buildSite(): Promise<void> {
  const newestMs = Math.max(...SOURCES.flatMap(listFiles).map(changedMs));
  if (newestMs < changedMs(MANIFEST)) return;
  const assets = [...(await bundle()), ...FILES.map(readAsset), ...(await readSamples())];
  const kept = new Set(['_headers', 'assets']);
  mkdirSync(join(SITE, 'assets'), { recursive: true });
  const addresses: Record<string, string> = {};
  for (const { name, contents } of assets) {
    const file = `assets/${withDigest(name, contents)}`;
    addresses[name] = `/${file}`;
    kept.add(basename(file));
    write(join(SITE, file), contents);
  }
  write(join(SITE, '_headers'), readFileSync(join(ROOT, HEADERS)));
  for (const old of listFiles('build/site').filter((path) => !kept.has(basename(path)))) {
    rmSync(old, { force: true });
  }
  write(MANIFEST, Buffer.from(`${JSON.stringify(addresses, null, 2)}\n`));
}

/** The name changes with the contents, so that a browser may keep the file for ever. */
function withDigest(name: string, contents: Uint8Array): string {
  const digest = createHash('sha256').update(contents).digest('hex').slice(0, 10);
  return name.replace(/(\.\w+)$/, `.${digest}$1`);
}

async function bundle(): Promise<readonly Asset[]> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: BUNDLES,
    entryNames: '[name]',
    outdir: SITE,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    // Browsers of 2023 and later.
    target: ['chrome115', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    logLevel: 'error',
  });
  return outputFiles.map(({ path, contents }) => ({ name: basename(path), contents }));
}

function readAsset(path: string): Asset {
  return { name: basename(path), contents: readFileSync(join(ROOT, path)) };
}

async function readSamples(): Promise<readonly Asset[]> {
  const samples = SAMPLES.map((name) => readAsset(`${SAMPLES_FOLDER}/${name}`));
  const thumbnails = samples.map(async ({ name, contents }) => {
    return { name: `${name}.thumb.webp`, contents: await toThumbnail(contents) };
  });
  return [...samples, ...(await Promise.all(thumbnails))];
}

/** Written aside and renamed: several processes may find the site old at once. */
function write(path: string, contents: Uint8Array): void {
  const aside = join(BUILD, `${basename(path)}.${process.pid}`);
  writeFileSync(aside, contents);
  renameSync(aside, path);
}

function listFiles(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
