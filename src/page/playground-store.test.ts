import { describe, expect, it } from 'vitest';
import { fail, ok } from '../result.ts';
import type { Card, ModelsDocument } from './api.ts';
import type { Answered, Service } from './call.ts';
import { createPlayground, type StoreOptions } from './playground-store.ts';
import { INITIAL, type State } from './state.ts';
import type { Trouble } from './trouble.ts';

const card = (name: string) => ({ name, classes: 2, accuracy: [] }) as object as Card;
const LISTED: ModelsDocument = {
  default: 'auk',
  models: [card('auk'), card('puffin')],
  catalogue: [],
};
const UNAUTHORIZED: Trouble = {
  kind: 'problem',
  problem: { title: 'A key', status: 401, code: 'unauthorized' },
};
const answered = (model: string) => ({ answer: { model }, tookMs: 1 }) as object as Answered;

interface Rig {
  readonly states: State[];
  readonly last: () => State;
  readonly dropped: string[];
  readonly act: ReturnType<typeof createPlayground>;
}

function start(service: Partial<Service>, given: Partial<StoreOptions> = {}): Rig {
  const states: State[] = [];
  const dropped: string[] = [];
  let key = '';
  const act = createPlayground({
    service: {
      models: async () => ok(LISTED),
      classify: async ({ model }) => ok(answered(model)),
      sample: async () => ok(new Blob(['sample'])),
      ...service,
    },
    keys: {
      read: () => key,
      write(typed) {
        key = typed;
      },
    },
    wanted: '',
    toPreview: () => `blob:${dropped.length}`,
    dropPreview: (address) => dropped.push(address),
    show: (state) => states.push(state),
    ...given,
  });
  return { states, dropped, act, last: () => states.at(-1) ?? INITIAL };
}

const FILE = new File(['x'], 'x.jpg');

describe('the playground', () => {
  it('begins with the model of its address, else with the usual one', async () => {
    for (const [wanted, model] of [
      ['', 'auk'],
      ['puffin', 'puffin'],
      ['dodo', 'auk'],
    ] as const) {
      const { act, last } = start({}, { wanted });
      await act.wake();
      expect(last()).toMatchObject({ key: 'open', model });
    }
  });

  it('asks each model that is compared, and both about the same picture', async () => {
    const asked: string[] = [];
    const { act, last } = start({
      classify: async ({ model, picture }) => {
        asked.push(`${model} ${picture.size}`);
        return ok(answered(model));
      },
    });
    await act.wake();
    await act.take(FILE);
    await act.compare('puffin');
    expect(asked).toEqual(['auk 1', 'auk 1', 'puffin 1']);
    expect(last().columns.map(({ phase }) => phase)).toEqual(['answered', 'answered']);
    await act.choose('puffin');
    expect(last()).toMatchObject({ model: 'puffin', other: '' });
  });

  it('shows no answer to a question that was overtaken', async () => {
    const waiting: Array<() => void> = [];
    const { act, last } = start({
      classify: async ({ model }) => {
        if (model === 'auk') await new Promise<void>((resume) => waiting.push(resume));
        return ok(answered(model));
      },
    });
    await act.wake();
    const slow = act.take(FILE);
    await act.choose('puffin');
    for (const resume of waiting) resume();
    await slow;
    expect(last().columns).toEqual([{ phase: 'answered', answered: answered('puffin') }]);
  });

  it('asks for a key, says when one is refused, and goes on once it has one', async () => {
    const { act, last } = start({
      models: async (key) => (key === 'right' ? ok(LISTED) : fail(UNAUTHORIZED)),
    });
    await act.wake();
    expect(last()).toMatchObject({ key: 'needed', models: undefined });
    await act.take(FILE);
    await act.useKey('wrong');
    expect(last().key).toBe('refused');
    await act.useKey('right');
    expect(last()).toMatchObject({ key: 'held', columns: [{ phase: 'answered' }] });
    await act.forgetKey();
    expect(last()).toMatchObject({ key: 'needed', columns: [{ phase: 'idle' }] });
  });

  it('gives the memory of a picture back when another one comes', async () => {
    const { act, dropped } = start({});
    await act.wake();
    await act.take(FILE);
    await act.take(FILE);
    expect(dropped).toEqual(['blob:0']);
  });

  it('takes no link for a picture, and shows what went wrong with a sample', async () => {
    const { act, last } = start({ sample: async () => fail({ kind: 'offline' }) });
    await act.wake();
    await act.take(undefined);
    expect(last().trouble).toEqual({ kind: 'not_a_file' });
    await act.takeSample({ file: 'a.png', alt: '', path: '/a.png', thumbnail: '' });
    expect(last()).toMatchObject({ trouble: { kind: 'offline' }, picture: undefined });
  });
});
