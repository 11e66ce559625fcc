import { fail, ok, type Result } from '../../../src/result.ts';
import { pickleBytesMax, pickleStepsMax } from '../limits.ts';
import type { CheckpointFailure } from './failure.ts';
import {
  type PickleMachine,
  peek,
  pop,
  popToMark,
  push,
  pushNode,
  refuse,
  refusePickle,
  startMachine,
  take,
  takeCount,
  takeDouble,
  takeInt32,
  takeInteger,
  takeLatin1,
  takeLine,
  takeText,
} from './pickle-machine.ts';
import { isNode, itemsOf, type PickleValue } from './pickle-value.ts';

export interface Pickle {
  readonly value: PickleValue;
  /** Just past STOP: legacy files hold several pickles in a row. */
  readonly end: number;
  readonly globals: ReadonlySet<string>;
  /** Everything that BINPERSID referred to, each once: ('storage', class, key, ...) in torch. */
  readonly persistentIds: ReadonlySet<PickleValue>;
}

/** Reads one pickle that begins at `start`, executing nothing. */
export function readPickle(bytes: Uint8Array, start = 0): Result<Pickle, CheckpointFailure> {
  const m = startMachine(bytes, start);
  for (let steps = 0; ; steps++) {
    const opAt = m.at;
    const opcode = take(m, 1)[0];
    if (m.failure !== undefined || opcode === undefined) break;
    if (opcode === STOP) return finish(m);
    if (steps >= pickleStepsMax) {
      refuse(m, { code: 'limit_exceeded', limit: 'pickle_steps', max: pickleStepsMax });
      break;
    }
    if (m.at - start > pickleBytesMax) {
      refuse(m, { code: 'limit_exceeded', limit: 'pickle_bytes', max: pickleBytesMax });
      break;
    }
    const step = STEPS.get(opcode);
    if (step === undefined)
      refuse(m, { code: 'unsupported_opcode', opcode: hex(opcode), at: opAt });
    else step(m);
    if (m.failure !== undefined) break;
  }
  return fail(m.failure ?? { code: 'truncated', at: m.at });
}

function finish(m: PickleMachine): Result<Pickle, CheckpointFailure> {
  const value = pop(m);
  if (m.failure !== undefined) return fail(m.failure);
  return ok({ value, end: m.at, globals: m.globals, persistentIds: m.persistentIds });
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

const STOP = 0x2e;

/** Opcodes that torch writes (protocol 2), and what protocol 4 and Python 2 add at no cost. */
const STEPS: ReadonlyMap<number, (m: PickleMachine) => void> = new Map([
  [0x80, (m) => take(m, 1)], // PROTO
  [0x95, (m) => take(m, 8)], // FRAME
  [0x28, (m) => m.marks.push(m.stack.length)], // MARK
  [0x4e, (m) => push(m, null)], // NONE
  [0x88, (m) => push(m, true)], // NEWTRUE
  [0x89, (m) => push(m, false)], // NEWFALSE
  [0x4a, (m) => push(m, takeInt32(m))], // BININT
  [0x4b, (m) => push(m, takeCount(m, 1))], // BININT1
  [0x4d, (m) => push(m, takeCount(m, 2))], // BININT2
  [0x8a, (m) => push(m, takeInteger(m, takeCount(m, 1)))], // LONG1
  [0x8b, (m) => push(m, takeInteger(m, takeCount(m, 4)))], // LONG4
  [0x47, (m) => push(m, takeDouble(m))], // BINFLOAT
  [0x58, (m) => push(m, takeText(m, takeCount(m, 4)))], // BINUNICODE
  [0x8c, (m) => push(m, takeText(m, takeCount(m, 1)))], // SHORT_BINUNICODE
  [0x55, (m) => push(m, takeLatin1(m, takeCount(m, 1)))], // SHORT_BINSTRING
  [0x54, (m) => push(m, takeLatin1(m, takeCount(m, 4)))], // BINSTRING
  [0x43, (m) => push(m, take(m, takeCount(m, 1)))], // SHORT_BINBYTES
  [0x42, (m) => push(m, take(m, takeCount(m, 4)))], // BINBYTES
  [0x7d, (m) => pushNode(m, { kind: 'dict', entries: [] })], // EMPTY_DICT
  [0x5d, (m) => pushNode(m, { kind: 'list', items: [] })], // EMPTY_LIST
  [0x29, (m) => pushNode(m, { kind: 'tuple', items: [] })], // EMPTY_TUPLE
  [0x8f, (m) => pushNode(m, { kind: 'set', items: [] })], // EMPTY_SET
  [0x74, (m) => pushNode(m, { kind: 'tuple', items: popToMark(m) })], // TUPLE
  [0x91, (m) => pushNode(m, { kind: 'set', items: popToMark(m) })], // FROZENSET
  [0x85, (m) => pushNode(m, { kind: 'tuple', items: popSome(m, 1) })], // TUPLE1
  [0x86, (m) => pushNode(m, { kind: 'tuple', items: popSome(m, 2) })], // TUPLE2
  [0x87, (m) => pushNode(m, { kind: 'tuple', items: popSome(m, 3) })], // TUPLE3
  [0x61, (m) => addItems(m, popSome(m, 1))], // APPEND
  [0x65, (m) => addItems(m, popToMark(m))], // APPENDS
  [0x90, (m) => addItems(m, popToMark(m))], // ADDITEMS
  [0x73, (m) => setItems(m, popSome(m, 2))], // SETITEM
  [0x75, (m) => setItems(m, popToMark(m))], // SETITEMS
  [0x71, (m) => memoize(m, takeCount(m, 1))], // BINPUT
  [0x72, (m) => memoize(m, takeCount(m, 4))], // LONG_BINPUT
  [0x94, (m) => memoize(m, m.memo.size)], // MEMOIZE
  [0x68, (m) => recall(m, takeCount(m, 1))], // BINGET
  [0x6a, (m) => recall(m, takeCount(m, 4))], // LONG_BINGET
  [0x63, (m) => pushGlobal(m, takeLine(m), takeLine(m))], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x52, (m) => pushCall(m, popSome(m, 2))], // REDUCE
  [0x81, (m) => pushCall(m, popSome(m, 2))], // NEWOBJ
  [0x92, newObjectEx], // NEWOBJ_EX
  [0x62, (m) => void pop(m)], // BUILD: attributes of an object we never make
  [0x51, pushPersistent], // BINPERSID
] satisfies ReadonlyArray<readonly [number, (m: PickleMachine) => unknown]>);

function popSome(m: PickleMachine, count: number): PickleValue[] {
  const items: PickleValue[] = [];
  for (let i = 0; i < count; i++) items.unshift(pop(m));
  return items;
}

/** Onto a list or set; onto an object that stays a name the items are dropped. */
function addItems(m: PickleMachine, items: readonly PickleValue[]): void {
  const target = peek(m);
  if (!isNode(target)) {
    refusePickle(m, 'items are added to a value that holds none');
  } else if (target.kind === 'list' || target.kind === 'set') {
    for (const item of items) target.items.push(item);
  }
}

function setItems(m: PickleMachine, items: readonly PickleValue[]): void {
  const target = peek(m);
  if (!isNode(target)) {
    refusePickle(m, 'entries are set on a value that holds none');
  } else if (items.length % 2 !== 0) {
    refusePickle(m, 'a key has no value');
  } else if (target.kind === 'dict') {
    for (let i = 0; i < items.length; i += 2) target.entries.push([items[i]!, items[i + 1]!]);
  }
}

function memoize(m: PickleMachine, index: number): void {
  m.memo.set(index, peek(m));
}

function recall(m: PickleMachine, index: number): void {
  const value = m.memo.get(index);
  if (value === undefined) refusePickle(m, `memo ${index} is empty`);
  else push(m, value);
}

function pushGlobal(m: PickleMachine, module: string, name: string): void {
  const global = `${module}.${name}`;
  m.globals.add(global);
  pushNode(m, { kind: 'global', name: global });
}

function stackGlobal(m: PickleMachine): void {
  const [module, name] = popSome(m, 2);
  if (typeof module === 'string' && typeof name === 'string') pushGlobal(m, module, name);
  else refusePickle(m, 'a global without a name');
}

const MAPS: ReadonlySet<string> = new Set(['collections.OrderedDict', 'collections.defaultdict']);

/** Notes the call. Python's own maps become dicts, so that their entries are kept. */
function pushCall(m: PickleMachine, [callee, args]: readonly PickleValue[]): void {
  const name = isNode(callee) && callee.kind === 'global' ? callee.name : undefined;
  if (name === undefined) pushNode(m, { kind: 'call', callee: '(computed)', args: args ?? null });
  else if (MAPS.has(name)) pushNode(m, { kind: 'dict', entries: pairsOf(args) });
  else pushNode(m, { kind: 'call', callee: name, args: args ?? null });
}

/** OrderedDict([[key, value], ...]), as Python 2 pickled it; no arguments mean an empty one. */
function pairsOf(args: PickleValue | undefined): Array<[PickleValue, PickleValue]> {
  const entries: Array<[PickleValue, PickleValue]> = [];
  for (const item of itemsOf(itemsOf(args)?.[0]) ?? []) {
    const pair = itemsOf(item);
    if (pair?.length === 2) entries.push([pair[0]!, pair[1]!]);
  }
  return entries;
}

function pushPersistent(m: PickleMachine): void {
  const id = pop(m);
  m.persistentIds.add(id);
  pushNode(m, { kind: 'persistent', id });
}

function newObjectEx(m: PickleMachine): void {
  const [callee, args] = popSome(m, 3);
  pushCall(m, [callee ?? null, args ?? null]);
}
