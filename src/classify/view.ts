import { applyScoreFunction, type ScoreFunction } from './score-function.ts';

export interface Label {
  readonly name: string;
  /** WordNet id, where the label list knows it. */
  readonly wnid?: string | undefined;
}

export interface Prediction {
  readonly label: string;
  readonly class_id: number;
  readonly wnid?: string;
  /** Softmax of the logits, 0 to 1, where no other function was wished for. */
  readonly score: number;
}

export interface View {
  readonly predictions: readonly Prediction[];
  /** mmpretrain's names for the first class, whatever `min_score` leaves of the list. */
  readonly pred_class: string;
  readonly pred_label: number;
  readonly pred_score: number;
}

export interface ViewWish {
  readonly topK: number;
  readonly minScore: number;
  /** `softmax` where it is not said. */
  readonly apply?: ScoreFunction;
}

/** Ranks, names and cuts a score vector. The one place where labels appear. */
export function viewScores(logits: Float32Array, labels: readonly Label[], wish: ViewWish): View {
  const scores = applyScoreFunction(logits, wish.apply ?? 'softmax');
  const order = rank(scores, Math.max(1, wish.topK));
  const named = order.map((classId) => toPrediction(classId, scores, labels));
  const [first] = named;
  if (first === undefined) throw new RangeError('view: an empty score vector');
  return {
    predictions: named.slice(0, wish.topK).filter((p) => p.score >= wish.minScore),
    pred_class: first.label,
    pred_label: first.class_id,
    pred_score: first.score,
  };
}

/** The `count` largest, best first; of equal scores the smaller class id, as argmax has it. */
function rank(scores: Float32Array, count: number): number[] {
  return Array.from(scores.keys())
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
    .slice(0, count);
}

function toPrediction(classId: number, scores: Float32Array, labels: readonly Label[]): Prediction {
  const label = labels[classId];
  const score = scores[classId] ?? 0;
  const name = label?.name ?? `class ${classId}`;
  const wnid = label?.wnid;
  return wnid === undefined
    ? { label: name, class_id: classId, score }
    : { label: name, class_id: classId, wnid, score };
}
