import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabelList, labelListSchema } from '../../../src/model/labels.ts';
import { LABELS_MAX } from '../../../src/model/limits.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { MODELS } from '../commands/paths.ts';

export type LabelListFailure =
  | { readonly code: 'unreadable_file'; readonly path: string }
  | { readonly code: 'bad_labels'; readonly path: string; readonly why: string };

/** One of the lists in models/labels, or undefined. */
export function findLabelList(name: string): LabelList | undefined {
  if (!/^[a-z0-9][a-z0-9_.-]*$/.test(name)) return undefined;
  const path = join(MODELS, 'labels', `${name}.json`);
  if (!existsSync(path)) return undefined;
  return labelListSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/**
 * The user's class names, position being the class: a text file with a name a line, a JSON array
 * of names, or a label list as we store them. `name` is what the list will be called.
 */
export function readLabelFile(path: string, name: string): Result<LabelList, LabelListFailure> {
  if (!existsSync(path)) return fail({ code: 'unreadable_file', path });
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const json = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  if (json === 'damaged') return fail({ code: 'bad_labels', path, why: 'it is no JSON' });
  const list = labelListSchema.safeParse(json === undefined ? fromLines(text, name) : json);
  if (list.success) return ok({ ...list.data, name });
  const names = labelListSchema.safeParse(fromNames(json, name));
  if (names.success) return ok(names.data);
  const issue = list.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  const why = `${where}: ${issue?.message}; 1 to ${LABELS_MAX} names, each of 1 to 256 characters`;
  return fail({ code: 'bad_labels', path, why });
}

function fromLines(text: string, name: string): object {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return fromNames(
    lines.map((line) => line.trim()),
    name,
  );
}

export function fromNames(names: unknown, name: string): object {
  const labels = Array.isArray(names) ? names.map((label) => ({ name: label })) : undefined;
  return { name, labels };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return 'damaged';
  }
}
