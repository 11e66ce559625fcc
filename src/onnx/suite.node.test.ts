import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkModel } from './check.ts';
import { onnxReason } from './failure.ts';
import { readModel } from './read.ts';

const SUITE = '../shared/suites/onnx';
const present = existsSync(`${SUITE}/manifest.json`);

interface Case {
  readonly file: string;
  readonly title: string;
  readonly expect: 'ok' | 'refuse';
  readonly reason?: string;
  readonly also?: readonly string[];
  readonly may_refuse?: string;
}

const MS_MAX = 200;
const BYTES_MAX = 64 * 2 ** 20;

function judge(bytes: Uint8Array): string | null {
  const model = readModel(bytes);
  if (!model.ok) return onnxReason(model.failure);
  const graph = checkModel(model.value);
  return graph.ok ? null : onnxReason(graph.failure);
}

describe.skipIf(!present)('ONNX suite (needs ../shared)', () => {
  const cases: Case[] = present
    ? JSON.parse(readFileSync(`${SUITE}/manifest.json`, 'utf8')).cases
    : [];
  const load = (file: string) => new Uint8Array(readFileSync(`${SUITE}/files/${file}`));

  it('has sound and refused files', () => {
    expect(cases.filter((one) => one.expect === 'ok').length).toBe(69);
    expect(cases.filter((one) => one.expect === 'refuse').length).toBe(154);
  });

  it.each(cases.filter((one) => one.expect === 'ok'))('reads $file: $title', (one) => {
    const reason = judge(load(one.file));
    if (reason === null || one.may_refuse === undefined) return expect(reason).toBeNull();
    expect(reason).toMatch(new RegExp(`^(${one.may_refuse}|unsupported_.*|unknown_operator.*)$`));
  });

  it.each(cases.filter((one) => one.expect === 'refuse'))('refuses $file: $title', (one) => {
    const bytes = load(one.file);
    judge(bytes);
    const before = process.memoryUsage();
    const start = performance.now();
    const reason = judge(bytes);
    const ms = performance.now() - start;
    const after = process.memoryUsage();
    expect([one.reason, ...(one.also ?? [])]).toContain(reason);
    expect(ms).toBeLessThan(MS_MAX);
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    expect(grown).toBeLessThan(BYTES_MAX);
  });
});
