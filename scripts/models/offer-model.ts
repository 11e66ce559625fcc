import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashWithNode } from '../../src/model/hasher.node.ts';
import { parseReference } from '../../src/model/reference.ts';
import { createStore } from '../../src/model/store.ts';
import { ok } from '../../src/result.ts';
import { readCatalogue } from './catalogue.ts';
import { canAsk, confirm } from './commands/ask.ts';
import { withBucket } from './commands/bucket.ts';
import { MODELS, ROOT } from './commands/paths.ts';

/**
 * Whether the local bucket has this model now. On a terminal it asks whether to add one that is
 * not there; elsewhere it prints the command that would.
 */
export async function offerModel(reference: string): Promise<boolean> {
  if (existsSync(join(MODELS, `${reference}.onnx`))) return true;
  const parsed = parseReference(reference);
  // The Worker says best what is wrong with a name.
  if (!parsed.ok) return true;
  const found = await withBucket('local', async (objects) => {
    return ok((await createStore(objects, hashWithNode).card(parsed.value)).ok);
  });
  if (!found.ok || found.value) return true;
  const { by } = parsed.value;
  const name = by === 'name' ? parsed.value.name : undefined;
  if (name === undefined) {
    console.error(`no graph ${reference} is in the local bucket`);
    return false;
  }
  const known = readCatalogue().some((entry) => entry.name === name);
  const options = known ? '' : ' --from <checkpoint> --labels <file> --preprocess <library>';
  const command = `npm run models -- add ${name}${options}`;
  console.error(`${name} is not in the local bucket. This adds it:\n\n  ${command}\n`);
  if (!known || !canAsk() || !(await confirm(`Add ${name} now?`))) return false;
  return runAdd(name);
}

function runAdd(name: string): boolean {
  const args = ['--disable-warning=ExperimentalWarning', join('scripts', 'models.ts'), 'add', name];
  // What it prints on stdout is no answer to what was asked here.
  const done = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['inherit', 2, 2] });
  return done.status === 0;
}
