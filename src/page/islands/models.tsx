// The page of models, woken.
import { render, useEffect, useState } from 'hono/jsx/dom';
import { createService } from '../call.ts';
import { listModels, type ModelsState } from '../models-store.ts';
import { ModelsView } from '../models-view.tsx';
import { keys, network } from './world.ts';

const root = document.getElementById('models');
const service = createService(network);

function Island() {
  const [state, setState] = useState<ModelsState>({ phase: 'asking' });
  async function list(typed?: string): Promise<void> {
    setState(await listModels(service, keys, typed));
  }
  useEffect(() => {
    void list();
  }, []);
  return <ModelsView state={state} onKey={list} onAgain={() => list()} />;
}

if (root !== null) render(<Island />, root);
