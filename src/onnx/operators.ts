/**
 * The operators of quantized residual classifiers. A set, so that `constructor` and `__proto__` are
 * names like any other.
 */
const OPERATORS = [
  'Conv',
  'Relu',
  'Add',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'Flatten',
  'Reshape',
  'Gemm',
  'MatMul',
  'QuantizeLinear',
  'DequantizeLinear',
] as const;

export type Operator = (typeof OPERATORS)[number];

export function isOperator(op: string): op is Operator {
  return OPERATORS.some((known) => known === op);
}
