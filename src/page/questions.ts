import type { Service } from './call.ts';
import type { KeyStore } from './key-store.ts';
import type { Column, State } from './state.ts';
import { isUnauthorized } from './trouble.ts';

/** The state, as whoever changes it sees it. */
export interface Holder {
  get(): State;
  set(part: Partial<State>): void;
}

export interface Questions {
  /** Asks each chosen model about the picture, where there is one. */
  ask(afresh: boolean): Promise<void>;
  /** Answers that are still to come are not shown. */
  drop(): void;
}

export function createQuestions(holder: Holder, service: Service, keys: KeyStore): Questions {
  // An answer that comes after the next question was asked is not shown.
  let latest = 0;

  function setColumn(index: number, column: Column): void {
    const columns = holder.get().columns.map((old, i) => (i === index ? column : old));
    holder.set({ columns });
  }

  async function ask(afresh: boolean): Promise<void> {
    const { picture, model, other } = holder.get();
    if (picture === undefined || model === '') return;
    const question = ++latest;
    const models = other === '' ? [model] : [model, other];
    holder.set({ columns: models.map(() => ({ phase: 'asking' })), trouble: undefined });
    const asked = models.map(async (name, index) => {
      const wish = { picture: picture.blob, model: name, afresh };
      const answer = await service.classify(wish, keys.read());
      if (question !== latest) return;
      if (answer.ok) return setColumn(index, { phase: 'answered', answered: answer.value });
      if (isUnauthorized(answer.failure)) holder.set({ key: 'refused' });
      setColumn(index, { phase: 'failed', trouble: answer.failure });
    });
    await Promise.all(asked);
  }

  return {
    ask,
    drop() {
      latest++;
    },
  };
}
