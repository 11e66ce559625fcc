import { adviseOn, type Trouble } from './trouble.ts';

export interface TroublePanelProps {
  readonly trouble: Trouble;
  readonly onAgain: () => unknown;
}

/** What went wrong and what to do about it; read out at once. */
export function TroublePanel({ trouble, onAgain }: TroublePanelProps) {
  const { title, next, reference, again } = adviseOn(trouble);
  return (
    <div class="trouble" role="alert">
      <p class="title">{title}</p>
      <p>{next}</p>
      {again ? (
        <button type="button" onClick={onAgain}>
          Try again
        </button>
      ) : null}
      {reference === '' ? null : <p class="reference">{reference}</p>}
    </div>
  );
}
