import { writeByteStrings, writeFloats } from './binary-data.ts';
import { joinFrame } from './frame.ts';
import type { WantedOutput } from './wanted.ts';

/** The scores of a batch, picture by picture. */
export interface Scores {
  readonly name: string;
  /** [batch, classes], row-major. */
  readonly numbers: Float32Array;
  readonly classes: number;
  readonly label: (index: number) => string;
}

export interface InferAnswer {
  readonly model: string;
  readonly version: string;
  readonly id: string | undefined;
  /** What is worth telling beside the scores, as the answer's `parameters`. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

export interface WrittenAnswer {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of the JSON, where bytes follow it. */
  readonly headerLength: number | undefined;
}

/** The answer of an inference, each output as it was asked for. */
export function writeInferAnswer(
  answer: InferAnswer,
  outputs: ReadonlyArray<{ readonly wanted: WantedOutput; readonly scores: Scores }>,
): WrittenAnswer {
  const written = outputs.map(({ wanted, scores }) => writeOutput(wanted, scores));
  const { model, version, id, parameters } = answer;
  const document = {
    model_name: model,
    model_version: version,
    ...(id !== undefined && { id }),
    ...(parameters !== undefined && { parameters }),
    outputs: written.map(({ tensor }) => tensor),
  };
  const parts = written.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  const { body, headerLength } = joinFrame(document, parts);
  return { body, headerLength: parts.length > 0 ? headerLength : undefined };
}

interface WrittenOutput {
  readonly tensor: object;
  readonly bytes: Uint8Array | undefined;
}

function writeOutput(wanted: WantedOutput, scores: Scores): WrittenOutput {
  const { name, numbers, classes } = scores;
  const batch = numbers.length / classes;
  if (wanted.classification === undefined) {
    const bytes = wanted.binary ? writeFloats(numbers) : undefined;
    return place({ name, datatype: 'FP32', shape: [batch, classes] }, [...numbers], bytes);
  }
  const most = Math.min(wanted.classification, classes);
  const ranked = Array.from({ length: batch }, (_, row) => rank(scores, row, most)).flat();
  const bytes = wanted.binary ? writeByteStrings(ranked) : undefined;
  return place({ name, datatype: 'BYTES', shape: [batch, most] }, ranked, bytes);
}

function place(
  tensor: object,
  data: readonly unknown[],
  bytes: Uint8Array | undefined,
): WrittenOutput {
  if (bytes === undefined) return { tensor: { ...tensor, data }, bytes };
  return { tensor: { ...tensor, parameters: { binary_data_size: bytes.length } }, bytes };
}

/** Greatest first, `value:index:label`; of equal ones the lower index. */
function rank(scores: Scores, row: number, most: number): string[] {
  const start = row * scores.classes;
  const values = scores.numbers.subarray(start, start + scores.classes);
  const order = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  return order.slice(0, most).map((index) => `${values[index]}:${index}:${scores.label(index)}`);
}
