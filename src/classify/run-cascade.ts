import type { FoundModel } from '../model/models.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Answer, ClassifyFailure, FailedStage } from './answer.ts';
import { chooseStep, confidenceOf, type StageOutcome } from './cascade.ts';
import type { Cascade, CascadeStage } from './cascade-stages.ts';

type Classified = Result<Answer, ClassifyFailure>;

export interface CascadeRun {
  /** Asks one stage, as a model of its own. */
  ask(model: FoundModel): Promise<Result<Answer, ClassifyFailure>>;
  /** Whether a caller still waits: a stage is not begun for one that does not. */
  inTime(): boolean;
  /** Failures after which another model may still answer. */
  mayHelp(failure: ClassifyFailure): boolean;
}

/** Asks a cascade's stages until one is sure. At most one answer or failure a stage. */
export async function runCascade(
  { stages }: Cascade,
  run: CascadeRun,
): Promise<Result<Answer, ClassifyFailure>> {
  const said: Classified[] = [];
  for (;;) {
    const outcomes = said.map((one, i) => toOutcome(one, stages[i]!, run));
    const step = chooseStep(stages, outcomes);
    if (step.next === 'ask') {
      said.push(await askStage(stages[step.stage]!, step.stage === 0, run));
      continue;
    }
    const spoke = said[step.stage]!;
    if (step.next === 'fail' || !spoke.ok) return failureOf(spoke);
    const { temperature } = stages[step.stage]!;
    return ok({
      ...spoke.value,
      cascade: {
        stage: step.stage + 1,
        stages: stages.length,
        confidence: confidenceOf(spoke.value.logits, temperature),
        failed: step.failed === undefined ? undefined : describe(step.failed, stages, said),
        earlier: said.flatMap((one, i) => (one.ok && i !== step.stage ? [one.value] : [])),
      },
    });
  }
}

/** The first stage is always begun: then it is the model itself that says what is too late. */
async function askStage(stage: CascadeStage, first: boolean, run: CascadeRun): Promise<Classified> {
  if (!stage.model.ok) return stage.model;
  if (!first && !run.inTime()) return fail({ code: 'deadline_exceeded' });
  return run.ask(stage.model.value);
}

function toOutcome(said: Classified, stage: CascadeStage, run: CascadeRun): StageOutcome {
  if (said.ok) {
    return { kind: 'scores', confidence: confidenceOf(said.value.logits, stage.temperature) };
  }
  const { failure } = said;
  return { kind: 'failed', passes: failure.code !== 'deadline_exceeded' && run.mayHelp(failure) };
}

function failureOf(said: Classified): Result<never, ClassifyFailure> {
  if (said.ok) throw new Error('cascade: failed without a failure');
  return fail(said.failure);
}

function describe(
  index: number,
  stages: readonly CascadeStage[],
  said: readonly Classified[],
): FailedStage {
  const failed = said[index]!;
  if (failed.ok) throw new Error('cascade: a stage that answered did not fail');
  return { stage: index + 1, model: stages[index]!.reference, code: failed.failure.code };
}
