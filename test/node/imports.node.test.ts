import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkImports } from '../tidy/imports.ts';
import { readSources } from '../tidy/repository.ts';
import { ROOMS } from '../tidy/rooms.ts';
import { parseSource, toReport } from '../tidy/source.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('imports of the repository', () => {
  it('follow the table of rooms and form no cycle', () => {
    const files = readSources(ROOT);
    expect(files.length).toBeGreaterThan(20);
    expect(toReport(checkImports(files))).toEqual([]);
  });

  it('are granted only between rooms that the table knows', () => {
    const granted = Object.values(ROOMS).flatMap((grants) => grants.map(({ room }) => room));
    expect(granted.length).toBeGreaterThan(10);
    expect(granted.filter((room) => ROOMS[room] === undefined)).toEqual([]);
  });
});

type Tree = Readonly<Record<string, string>>;

const WRONG: ReadonlyArray<readonly [why: string, tree: Tree, report: RegExp]> = [
  [
    'a room that may import nothing',
    { 'src/image/a.ts': "f();\nimport { ok } from '../net/b.ts';" },
    /^src\/image\/a.ts:2: image may not import net \(it may import: nothing of ours\); /,
  ],
  [
    'the wrong direction',
    { 'src/classify/a.ts': "import { b } from '../http/b.ts';" },
    /classify may not import http/,
  ],
  [
    'a value where only types are granted',
    { 'src/model/a.ts': "import { b } from '../engine/engine.ts';" },
    /^src\/model\/a.ts:1: model may import only types of engine; write "import type"/,
  ],
  [
    'a value among types',
    { 'src/model/a.ts': "import { type B, c } from '../engine/engine.ts';" },
    /only types of engine/,
  ],
  [
    'an import for its effects where only types are granted',
    { 'src/model/a.ts': "import '../engine/engine.ts';" },
    /only types of engine/,
  ],
  [
    'a dynamic import',
    { 'src/net/a.ts': "\nimport('../cache/b.ts');" },
    /:2: net may not .* cache/,
  ],
  ['a re-export', { 'src/net/a.ts': "export * from '../cache/b.ts';\nf();" }, /net may not/],
  ['a type import', { 'src/net/a.ts': "let a: import('../cache/b.ts').B;" }, /net may not/],
  ['a script', { 'src/net/a.ts': "import '../../scripts/start.ts';" }, /src imports a script/],
  ['a script by the Worker', { 'src/worker.ts': "import '../scripts/b.ts';" }, /imports a script/],
  ['test code', { 'src/net/a.ts': "import '../../test/b.ts';" }, /imports from test/],
  ['test code by a script', { 'scripts/a.ts': "import '../test/b.ts';" }, /imports from test/],
  [
    'the configuration',
    { 'src/http/a.ts': "import { C } from '../config.ts';" },
    /hand plain values/,
  ],
  ['the Worker', { 'src/http/a.ts': "import { C } from '../worker.ts';" }, /hand plain values/],
  ['a leaf with imports', { 'src/digest.ts': "import './net/a.ts';" }, /leaf file imports/],
  ['an unknown room', { 'src/tools/a.ts': "import '../net/b.ts';" }, /src\/tools is no room/],
];

describe('the import check', () => {
  it.each(WRONG)('finds %s', (_why, tree, report) => {
    const found = check(tree);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(report);
  });

  it('finds a cycle between files, types included', () => {
    const found = check({
      'src/net/a.ts': "f();\nimport { b } from './b.ts';",
      'src/net/b.ts': "import type { C } from './c.ts';",
      'src/net/c.ts': "import { a } from './a.ts';",
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^src\/net\/a.ts:2: files import each other: .*a.ts -> .*b.ts -> .*c/);
  });

  it('finds a cycle between rooms whose files form none', () => {
    const found = check({
      'src/http/a.ts': "import { b } from '../classify/b.ts';",
      'src/classify/b.ts': 'f();',
      'src/classify/c.ts': "import { d } from '../http/d.ts';",
    });
    expect(
      found.some((line) => /rooms import each other: http -> classify -> http/.test(line)),
    ).toBe(true);
  });

  it('accepts what the table grants', () => {
    const tree = {
      'src/worker.ts': "import './config.ts';\nimport './http/app.ts';\nimport './cache/r2.ts';",
      'src/config.ts': "import { ok } from './result.ts';\nimport './config/parse.ts';",
      'src/config/parse.ts': "import { isDigest } from '../digest.ts';",
      'src/http/app.ts': "import '../classify/classify.ts';\nimport { z } from 'zod';",
      'src/classify/classify.ts': "import type { Session } from '../engine/engine.ts';",
      'src/model/a.ts': "import { type Session } from '../engine/engine.ts';",
      'src/net/a.test.ts': "import '../../test/servers.ts';\nimport '../cache/b.ts';",
      'scripts/start.ts': "import '../src/model/keys.ts';",
      'test/a.ts': "import '../scripts/start.ts';",
    };
    expect(check(tree)).toEqual([]);
  });
});

function check(tree: Tree): string[] {
  return toReport(
    checkImports(Object.entries(tree).map(([path, text]) => parseSource(path, text))),
  );
}
