import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './workers.ts';

/** Every page that a reader may meet, by its path from the root. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
].filter((file) => file.endsWith('.md'));
