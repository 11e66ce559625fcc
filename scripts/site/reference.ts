import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { createDocument } from '../../src/http/openapi/document.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where each of its files stands in the site: the document, and the page that is made of it. */
export async function renderReference(): Promise<Readonly<Record<string, string>>> {
  const manifest = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const document = createDocument(version);
  const render = await loadPage();
  return {
    'openapi.json': JSON.stringify(document),
    'pages/docs.html': render(document),
  };
}

type Render = (document: object) => string;

/** JSX is no language that Node reads. */
async function loadPage(): Promise<Render> {
  const outfile = join(ROOT, 'build', `reference.${process.pid}.mjs`);
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['src/page/reference/reference-page.tsx'],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      jsx: 'automatic',
      jsxImportSource: 'hono/jsx',
      logLevel: 'error',
    });
    const page = (await import(pathToFileURL(outfile).href)) as { renderReference: Render };
    return page.renderReference;
  } finally {
    rmSync(outfile, { force: true });
  }
}
