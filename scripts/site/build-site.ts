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
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { CONTENT_SECURITY_POLICY } from '../../src/page/security.ts';
import { renderReference } from './reference.ts';
import { toThumbnail } from './thumbnail.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = join(ROOT, 'build');
const SITE = join(BUILD, 'site');
/** Which address each file got; src/page/assets.ts reads it. */
const MANIFEST = join(BUILD, 'site.json');
/** Written last: the site is whole, and as new as this. */
const STAMP = join(BUILD, 'site.stamp');

/** Scripts and styles, bundled and minified. An island is a script that wakes part of a page. */
const BUNDLES = [
  'src/page/islands/playground.tsx',
  'src/page/islands/models.tsx',
  'src/page/style/page.css',
];

/** Served as they are. */
const FILES = ['src/page/files/favicon.svg'];

/** Photographs to try. The page shows their thumbnails and sends the files. */
const SAMPLES = ['chelsea.png', 'coffee.png', 'boats.jpg', 'rocket.jpg'];
const SAMPLES_FOLDER = 'models/samples';

/** The reference is made of the schemas that the routes validate with. */
const SOURCES = ['src/page', 'scripts/site', 'src/http', 'src/model', SAMPLES_FOLDER];

const SHARED = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  jsx: 'automatic',
  legalComments: 'none',
  logLevel: 'error',
} as const;

interface Asset {
  /** As the pages know it: `page.css`. */
  readonly name: string;
  /** Changes with the contents, so that a browser may keep the file for ever. */
  readonly address: string;
  readonly contents: Uint8Array;
}

/** Makes the folder that the platform serves by itself; does nothing when nothing has changed. */
export async function buildSite(): Promise<void> {
  const newestMs = Math.max(...SOURCES.flatMap(listFiles).map(changedMs));
  if (newestMs < changedMs(STAMP)) return;
  const assets = [...(await bundle()), ...FILES.map(readAsset), ...(await readSamples())];
  const addresses = Object.fromEntries(assets.map(({ name, address }) => [name, address]));
  mkdirSync(join(SITE, 'assets'), { recursive: true });
  mkdirSync(join(SITE, 'pages'), { recursive: true });
  write(MANIFEST, `${JSON.stringify(addresses, null, 2)}\n`);
  const files = new Map<string, Uint8Array | string>([['_headers', HEADERS]]);
  for (const { address, contents } of assets) files.set(address, contents);
  for (const [name, html] of Object.entries(await renderPages())) files.set(`pages/${name}`, html);
  for (const [path, text] of Object.entries(await renderReference())) files.set(path, text);
  for (const [path, contents] of files) write(join(SITE, path), contents);
  const kept = new Set([...files.keys()].map((path) => join(SITE, path)));
  for (const old of listFiles('build/site')) if (!kept.has(old)) rmSync(old, { force: true });
  write(STAMP, '');
}

/** Of the platform's own answers; the Worker sets its own. */
const HEADERS = `/assets/*
  Cache-Control: public, max-age=31536000, immutable
  Content-Security-Policy: default-src 'none'; frame-ancestors 'none'
  Cross-Origin-Resource-Policy: same-origin
  X-Content-Type-Options: nosniff
/openapi.json
  Access-Control-Allow-Origin: *
  Cache-Control: no-cache
  X-Content-Type-Options: nosniff
/pages/*
  Cache-Control: no-cache
  Content-Security-Policy: ${CONTENT_SECURITY_POLICY}
  Cross-Origin-Resource-Policy: same-origin
  X-Content-Type-Options: nosniff
`;

async function bundle(): Promise<readonly Asset[]> {
  const { outputFiles } = await build({
    ...SHARED,
    entryPoints: BUNDLES,
    entryNames: '[name]',
    outdir: SITE,
    minify: true,
    write: false,
    jsxImportSource: 'hono/jsx/dom',
    // Browsers of 2023 and later.
    target: ['chrome115', 'firefox115', 'safari16.4'],
  });
  return outputFiles.map(({ path, contents }) => toAsset(basename(path), contents));
}

/** The pages' own code writes their HTML, once, here: the Worker carries none of it. */
async function renderPages(): Promise<Readonly<Record<string, string>>> {
  const outfile = join(BUILD, `pages.${process.pid}.mjs`);
  try {
    const entryPoints = ['src/page/pages.tsx'];
    const jsxImportSource = 'hono/jsx';
    await build({ ...SHARED, entryPoints, outfile, platform: 'node', jsxImportSource });
    const { renderPages: render } = await import(pathToFileURL(outfile).href);
    return render();
  } finally {
    rmSync(outfile, { force: true });
  }
}

function readAsset(path: string): Asset {
  return toAsset(basename(path), readFileSync(join(ROOT, path)));
}

async function readSamples(): Promise<readonly Asset[]> {
  const samples = SAMPLES.map((name) => readAsset(`${SAMPLES_FOLDER}/${name}`));
  const thumbnails = samples.map(async ({ name, contents }) => {
    return toAsset(`${name}.thumb.webp`, await toThumbnail(contents));
  });
  return [...samples, ...(await Promise.all(thumbnails))];
}

function toAsset(name: string, contents: Uint8Array): Asset {
  const digest = createHash('sha256').update(contents).digest('hex').slice(0, 10);
  return { name, contents, address: `/assets/${name.replace(/(\.\w+)$/, `.${digest}$1`)}` };
}

/** Written aside and renamed: several processes may find the site old at once. */
function write(path: string, contents: Uint8Array | string): void {
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
