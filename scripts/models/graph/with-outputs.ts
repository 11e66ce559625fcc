import type { OnnxModel, OnnxValue } from '../../../src/onnx/graph.ts';
import { inferShapes } from './shapes.ts';

/** A graph in our canonical operators that answers with these of its values. */
export function withOutputs(model: OnnxModel, names: readonly string[]): OnnxModel {
  const shapes = inferShapes(model);
  const outputs = names.map(
    (name): OnnxValue => ({ name, type: 'float32', dims: shapes.get(name) ?? [] }),
  );
  return { ...model, graph: { ...model.graph, outputs } };
}
