import type { Card } from './api.ts';
import type { Actions } from './playground-store.ts';
import type { State } from './state.ts';
import { sayPercent } from './words.ts';

export function ModelChoice({ state, act }: { state: State; act: Actions }) {
  const { models = [], model, other } = state;
  const others = models.filter(({ name }) => name !== model);
  return (
    <div class="choice">
      <Choice name="Model" cards={models} chosen={model} onChoice={act.choose} />
      <Choice
        name="Compare with"
        none="no other model"
        cards={others}
        chosen={other}
        onChoice={act.compare}
      />
    </div>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly cards: readonly Card[];
  readonly chosen: string;
  /** What stands for no model at all, where that may be chosen. */
  readonly none?: string;
  readonly onChoice: (model: string) => unknown;
}

function Choice({ name, cards, chosen, none, onChoice }: ChoiceProps) {
  function choose(event: Event): void {
    onChoice((event.currentTarget as HTMLSelectElement).value);
  }
  const card = cards.find((candidate) => candidate.name === chosen);
  return (
    <div>
      <label>
        <span>{name}</span>
        <select value={chosen} disabled={cards.length === 0} onChange={choose}>
          {none === undefined ? null : <option value="">{none}</option>}
          {cards.map((option) => (
            <option key={option.name} value={option.name} selected={option.name === chosen}>
              {option.name}
            </option>
          ))}
        </select>
      </label>
      <p class="knows">{card === undefined ? '' : sayKnowledge(card)}</p>
    </div>
  );
}

/** A model of ten classes calls a cup an automobile: what each knows stands beside its name. */
function sayKnowledge({ classes, accuracy }: Card): string {
  const names = `${classes.toLocaleString('en')} names`;
  const int8 = accuracy.find(({ precision }) => precision === 'int8');
  if (int8 === undefined) return names;
  return `${names}, ${sayPercent(int8.top1)} right`;
}
