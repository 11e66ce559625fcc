// The playground, woken: state in, view out.
import { render, useEffect, useState } from 'hono/jsx/dom';
import { createService } from '../call.ts';
import { listenForPictures } from '../incoming.ts';
import { createPlayground } from '../playground-store.ts';
import { PlaygroundView } from '../playground-view.tsx';
import { readSamples } from '../samples.ts';
import { INITIAL } from '../state.ts';
import { keys, network } from './world.ts';

/** On a phone the answer stands below the picture, where nobody would see it come. */
function bringIntoView(answers: Element | null): void {
  const top = answers?.getBoundingClientRect().top ?? 0;
  if (top < innerHeight * 0.8) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  answers?.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
}

const root = document.getElementById('playground');

function Island({ host }: { host: HTMLElement }) {
  const [state, setState] = useState(INITIAL);
  const [act] = useState(() =>
    createPlayground({
      service: createService(network),
      keys,
      wanted: new URLSearchParams(location.search).get('model') ?? '',
      toPreview: (blob) => URL.createObjectURL(blob),
      dropPreview: (address) => URL.revokeObjectURL(address),
      show: setState,
    }),
  );
  const [samples] = useState(() => readSamples(host));
  useEffect(() => {
    listenForPictures(act);
    void act.wake();
  }, []);
  useEffect(() => {
    if (state.picture !== undefined) bringIntoView(host.querySelector('.answers'));
  }, [state.picture]);
  return <PlaygroundView state={state} act={act} samples={samples} origin={location.origin} />;
}

if (root !== null) render(<Island host={root} />, root);
