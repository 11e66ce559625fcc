import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from './source.ts';
import { parseSource } from './source.ts';

const FOLDERS = ['src', 'scripts', 'test'];
/** Not ours to judge: installed, built, or data of tests (some of it is wrong on purpose). */
const SKIPPED = new Set(['node_modules', '.wrangler', 'dist', 'build', 'fixtures', 'corpus']);
const CODE = /\.(ts|tsx|mjs)$/;

/** Paths of all code under src, scripts and test, relative to `root`, with `/`. */
export function listCode(root: string): string[] {
  const found: string[] = [];
  function enter(folder: string): void {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !isSkipped(path, entry.name)) enter(path);
      if (entry.isFile() && CODE.test(entry.name)) found.push(path);
    }
  }
  for (const folder of FOLDERS) if (existsSync(join(root, folder))) enter(folder);
  return found.toSorted();
}

/** `scripts/fixtures` holds commands, `test/fixtures` holds data. */
function isSkipped(path: string, name: string): boolean {
  return SKIPPED.has(name) && path !== 'scripts/fixtures';
}

export function readText(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** AssemblyScript is not TypeScript (it has operators and types of its own): never parsed. */
export function isAssembly(path: string): boolean {
  return path.includes('/assembly/');
}

export function isTest(path: string): boolean {
  return path.startsWith('test/') || /\.test\.tsx?$/.test(path);
}

/** Every file that can be parsed as TypeScript or JavaScript. */
export function readSources(root: string): SourceFile[] {
  return listCode(root)
    .filter((path) => !isAssembly(path))
    .map((path) => parseSource(path, readText(root, path)));
}
