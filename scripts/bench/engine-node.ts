import * as ortNode from 'onnxruntime-node';
import * as ortWeb from 'onnxruntime-web';
import { at } from '../../src/engine/simd/net.ts';
import { pictureOf } from './engine-workers.ts';
import type { BenchGraph } from './graphs.ts';
import { openProgram } from './layers.ts';

/** CPU ms of each run, the first of all runs apart. */
export interface Times {
  readonly first: number;
  readonly rest: readonly number[];
}

export interface NodeTimes {
  readonly simd: Times;
  readonly ort: Times;
  readonly node: Times;
  readonly memoryBytes: number;
}

const WARM_UP = 3;

/** Our engine, onnxruntime-web and onnxruntime-node, one thread each, in turn in this process. */
export async function measureInNode(graph: BenchGraph, runs: number): Promise<NodeTimes> {
  const opened = await openProgram(graph.onnx);
  if (!opened.ok) throw new Error(`${graph.name}: ${opened.failure}`);
  const { net, program, memoryBytes } = opened.value;
  const { height, width } = graph.facts.input;
  const [data, shape] = [pictureOf(graph), [1, 3, height, width]];
  ortWeb.env.wasm.numThreads = 1;
  const web = await ortWeb.InferenceSession.create(graph.onnx, { executionProviders: ['wasm'] });
  const node = await ortNode.InferenceSession.create(graph.onnx, {
    ...{ intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 },
  });
  const webTensor = new ortWeb.Tensor('float32', data, shape);
  const nodeTensor = new ortNode.Tensor('float32', data, shape);
  const engines = {
    async simd() {
      program.input(data);
      for (let i = 0; i < net.steps.length; i++) program.step(i);
      return program.output();
    },
    ort: () => web.run({ [at(web.inputNames, 0)]: webTensor }),
    node: () => node.run({ [at(node.inputNames, 0)]: nodeTensor }),
  };
  const times = await alternate(engines, runs);
  await web.release();
  await node.release();
  return { ...times, memoryBytes };
}

async function alternate<Name extends string>(
  engines: Readonly<Record<Name, () => Promise<unknown>>>,
  runs: number,
): Promise<Record<Name, Times>> {
  const names = Object.keys(engines) as Name[];
  const all = new Map(names.map((name) => [name, [] as number[]]));
  for (let run = 0; run < runs + WARM_UP; run++) {
    for (const name of names) {
      const start = cpuMs();
      await engines[name]();
      all.get(name)?.push(cpuMs() - start);
    }
  }
  const pairs = names.map((name) => {
    const list = all.get(name) ?? [];
    return [name, { first: at(list, 0), rest: list.slice(WARM_UP) }];
  });
  return Object.fromEntries(pairs) as Record<Name, Times>;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
