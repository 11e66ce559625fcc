import { type Step, showCommand } from './step.ts';

const STATES = {
  todo: '',
  there: ' (is there: left alone)',
  unless_there: ' (unless it is there)',
};

/** Numbered steps with the very commands, for a terminal. */
export function showPlan(steps: readonly Step[]): string {
  return steps.map((step, i) => showStep(step, i + 1)).join('\n');
}

function showStep({ what, state, commands }: Step, number: number): string {
  const head = `${String(number).padStart(2)}. ${what}${STATES[state]}`;
  if (state === 'there') return head;
  const lines = commands.flatMap((command) => showCommand(command)).map((line) => `      ${line}`);
  return [head, ...lines].join('\n');
}
