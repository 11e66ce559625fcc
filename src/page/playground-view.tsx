import { AnswerColumn } from './answer-column.tsx';
import { CodePanel } from './code-panel.tsx';
import { Icon } from './icon.tsx';
import { KeyForm } from './key-form.tsx';
import { ModelChoice } from './model-choice.tsx';
import type { Actions } from './playground-store.ts';
import { Stage } from './stage.tsx';
import type { Column, Sample, State } from './state.ts';
import { TroublePanel } from './trouble-panel.tsx';
import { sayPercent } from './words.ts';

export interface PlaygroundProps {
  readonly state: State;
  readonly act: Actions;
  readonly samples: readonly Sample[];
  /** Of the service, for the code to copy. */
  readonly origin: string;
}

/** All of the page that moves. The same state always looks the same. */
export function PlaygroundView({ state, act, samples, origin }: PlaygroundProps) {
  const { trouble, key } = state;
  return (
    <div class="playground">
      {key === 'needed' || key === 'refused' ? (
        <KeyForm refused={key === 'refused'} onKey={act.useKey} />
      ) : null}
      {trouble === undefined ? null : (
        <TroublePanel
          trouble={trouble}
          onAgain={() => (state.models ? act.ask(false) : act.wake())}
        />
      )}
      <div class="bench">
        <Stage state={state} act={act} samples={samples} />
        <div class="right">
          <section class="answers" aria-label="Answer">
            <ModelChoice state={state} act={act} />
            <Verdict state={state} />
            <div class={state.columns.length > 1 ? 'columns two' : 'columns'}>
              {state.columns.map((column, index) => (
                <AnswerColumn
                  key={index}
                  column={column}
                  model={index === 0 ? state.model : state.other}
                  rank={index}
                  onAgain={act.ask}
                />
              ))}
            </div>
            <Again state={state} act={act} />
          </section>
          <CodePanel state={state} origin={origin} />
        </div>
      </div>
      {key === 'held' ? (
        <p class="held">
          Your key is held in this tab until you close it, and sent to this service alone.{' '}
          <button type="button" class="quiet" onClick={act.forgetKey}>
            Forget it now
          </button>
        </p>
      ) : null}
    </div>
  );
}

function Again({ state, act }: Pick<PlaygroundProps, 'state' | 'act'>) {
  if (!state.columns.some(({ phase }) => phase === 'answered')) return null;
  return (
    <div class="actions">
      <button type="button" onClick={() => act.ask(false)}>
        <Icon name="again" />
        Ask again
      </button>
      <button type="button" class="quiet" onClick={() => act.ask(true)}>
        Ignore what is kept
      </button>
    </div>
  );
}

/** Read out when it changes; seen only where two models are compared. */
function Verdict({ state }: { state: State }) {
  const text = sayVerdict(state);
  const seen = state.columns.length > 1 && state.columns.every((c) => c.phase === 'answered');
  return (
    <p role="status" class={seen ? 'verdict' : 'unseen'}>
      {text}
    </p>
  );
}

function sayVerdict({ columns, model, other }: State): string {
  const said = columns.map((column, index) => sayColumn(column, index === 0 ? model : other));
  const [one, two] = columns.map((column) =>
    column.phase === 'answered' ? column.answered.answer.predictions[0]?.label : undefined,
  );
  if (one === undefined || two === undefined) return said.filter(Boolean).join('. ');
  return one === two ? `Both say ${one}.` : `One says ${one}, the other ${two}.`;
}

function sayColumn(column: Column, model: string): string {
  switch (column.phase) {
    case 'idle':
      return '';
    case 'asking':
      return `Asking ${model}`;
    case 'failed':
      return `${model} gave no answer`;
    case 'answered': {
      const [first] = column.answered.answer.predictions;
      return first === undefined ? '' : `${first.label}, ${sayPercent(first.score)}`;
    }
  }
}
