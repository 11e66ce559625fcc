import type { Prediction } from './api.ts';
import type { Answered } from './call.ts';
import { Fact } from './fact.tsx';
import type { Column } from './state.ts';
import { TroublePanel } from './trouble-panel.tsx';
import { sayCache, sayMs, sayPercent, sayUsd, sayWhere } from './words.ts';

export interface AnswerColumnProps {
  readonly column: Column;
  readonly model: string;
  /** 0 for the first model, 1 for the one it is compared with. */
  readonly rank: number;
  readonly onAgain: (afresh: boolean) => unknown;
}

export function AnswerColumn({ column, model, rank, onAgain }: AnswerColumnProps) {
  const busy = column.phase === 'asking';
  return (
    <article class={`column rank-${rank}`} aria-busy={busy ? 'true' : 'false'}>
      <h2>{model === '' ? 'Answer' : model}</h2>
      <Body column={column} onAgain={onAgain} />
    </article>
  );
}

function Body({ column, onAgain }: Pick<AnswerColumnProps, 'column' | 'onAgain'>) {
  switch (column.phase) {
    case 'idle':
      return (
        <div class="idle">
          <p class="hint">The five likeliest names will stand here.</p>
          <Ghosts />
        </div>
      );
    case 'asking':
      return <Ghosts moving />;
    case 'failed':
      return <TroublePanel trouble={column.trouble} onAgain={() => onAgain(false)} />;
    case 'answered':
      return <Answer answered={column.answered} />;
  }
}

/** Where names and bars will be. */
function Ghosts({ moving }: { moving?: boolean }) {
  return (
    <ol class={moving ? 'ghosts moving' : 'ghosts'} aria-hidden="true">
      {[1, 2, 3, 4, 5].map((rank) => (
        <li key={rank} />
      ))}
    </ol>
  );
}

function Answer({ answered }: { answered: Answered }) {
  return (
    <div class="answer">
      <ol class="ranks">
        {answered.answer.predictions.map((prediction) => (
          <Rank key={prediction.class_id} prediction={prediction} />
        ))}
      </ol>
      <Facts answered={answered} />
    </div>
  );
}

function Rank({ prediction: { label, score } }: { prediction: Prediction }) {
  return (
    <li>
      <span class="label">{label}</span>
      <span class="score">{sayPercent(score)}</span>
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${Math.max(0.4, score * 100)}%` }} />
      </span>
    </li>
  );
}

function Facts({ answered: { answer, tookMs } }: { answered: Answered }) {
  const { run } = answer;
  return (
    <dl class="facts">
      <Fact name="Ran">{sayWhere(run)}</Fact>
      <Fact name="Engine">{run.engine}</Fact>
      <Fact name="Cache">
        <span class={`chip ${run.cache}`}>{run.cache}</span> {sayCache(run)}
      </Fact>
      <Fact name="Took">{sayMs(tookMs)}, as this browser saw it</Fact>
      <Fact name="Cost">
        {run.cost === undefined
          ? 'Not measured for this model on this engine'
          : `${run.cost.cpu_ms} CPU ms; ${sayUsd(run.cost.usd_per_million)} for a million such`}
      </Fact>
      {run.stage === undefined ? null : (
        <Fact name="Stage">{`${run.stage.number} of ${run.stage.of} spoke`}</Fact>
      )}
    </dl>
  );
}
