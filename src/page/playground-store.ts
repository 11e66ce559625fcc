import type { Card, ModelsDocument } from './api.ts';
import type { Service } from './call.ts';
import type { KeyStore } from './key-store.ts';
import { createQuestions } from './questions.ts';
import { INITIAL, type Sample, type State } from './state.ts';
import { isUnauthorized } from './trouble.ts';

/** What the page can be told to do. */
export interface Actions {
  /** Asks for the list of models, with the key that is held. */
  wake(): Promise<void>;
  useKey(key: string): Promise<void>;
  forgetKey(): Promise<void>;
  take(file: File | undefined): Promise<void>;
  takeSample(sample: Sample): Promise<void>;
  choose(model: string): Promise<void>;
  compare(model: string): Promise<void>;
  /** Asks once more; `afresh` although an answer is kept. */
  ask(afresh: boolean): Promise<void>;
  drag(over: boolean): void;
}

export interface StoreOptions {
  readonly service: Service;
  readonly keys: KeyStore;
  /** The model of the page's address; '' for the service's own. */
  readonly wanted: string;
  toPreview(blob: Blob): string;
  dropPreview(address: string): void;
  show(state: State): void;
}

export function createPlayground(options: StoreOptions): Actions {
  const { service, keys } = options;
  let state = INITIAL;
  function set(part: Partial<State>): void {
    state = { ...state, ...part };
    options.show(state);
  }

  const questions = createQuestions({ get: () => state, set }, service, keys);

  async function wake(): Promise<void> {
    const held = keys.read();
    const listed = await service.models(held);
    if (listed.ok) {
      const key = held === '' ? 'open' : 'held';
      set({ key, trouble: undefined, ...toChoice(listed.value, state, options.wanted) });
      if (state.picture !== undefined) await questions.ask(false);
      return;
    }
    if (isUnauthorized(listed.failure)) {
      keys.write('');
      return set({ key: held === '' ? 'needed' : 'refused', models: undefined });
    }
    set({ trouble: listed.failure });
  }

  async function takeBlob(blob: Blob, name: string, path: string | undefined): Promise<void> {
    if (state.picture !== undefined) options.dropPreview(state.picture.preview);
    set({ picture: { blob, name, path, preview: options.toPreview(blob) }, dragging: false });
    await questions.ask(false);
  }

  return {
    wake,
    ask: questions.ask,
    async useKey(key) {
      keys.write(key);
      await wake();
    },
    async forgetKey() {
      keys.write('');
      questions.drop();
      set({ columns: [{ phase: 'idle' }], other: '' });
      await wake();
    },
    async take(file) {
      if (file === undefined) return set({ trouble: { kind: 'not_a_file' }, dragging: false });
      await takeBlob(file, file.name, undefined);
    },
    async takeSample({ file, path }) {
      const fetched = await service.sample(path);
      if (!fetched.ok) return set({ trouble: fetched.failure });
      await takeBlob(fetched.value, file, path);
    },
    async choose(model) {
      set({ model, other: state.other === model ? '' : state.other });
      await questions.ask(false);
    },
    async compare(other) {
      set({ other });
      await questions.ask(false);
    },
    drag(dragging) {
      if (dragging !== state.dragging) set({ dragging });
    },
  };
}

/** Cards that can be asked, and which of them is. */
function toChoice(
  document: ModelsDocument,
  { model }: State,
  wanted: string,
): Pick<State, 'models' | 'model'> {
  const models = document.models.filter((card): card is Card => !('error' in card));
  const names = models.map(({ name }) => name);
  const [chosen = ''] = [model, wanted, document.default, ...names].filter((name) =>
    names.includes(name),
  );
  return { models, model: chosen };
}
