import type { Card, ModelsDocument } from './api.ts';
import { CatalogueTable } from './catalogue-table.tsx';
import { Chart } from './chart.tsx';
import { toPoints } from './chart-points.ts';
import { KeyForm } from './key-form.tsx';
import { ModelCard } from './model-card.tsx';
import type { ModelsState } from './models-store.ts';
import { TroublePanel } from './trouble-panel.tsx';

export interface ModelsViewProps {
  readonly state: ModelsState;
  readonly onKey: (key: string) => unknown;
  readonly onAgain: () => unknown;
}

export function ModelsView({ state, onKey, onAgain }: ModelsViewProps) {
  switch (state.phase) {
    case 'asking':
      return (
        <p class="hint" role="status">
          Asking for the list…
        </p>
      );
    case 'key':
      return <KeyForm refused={state.refused} onKey={onKey} />;
    case 'failed':
      return <TroublePanel trouble={state.trouble} onAgain={onAgain} />;
    case 'listed':
      return <Listed document={state.document} />;
  }
}

function Listed({ document }: { document: ModelsDocument }) {
  const cards = document.models.filter((card): card is Card => !('error' in card));
  const unreadable = document.models.filter((card) => 'error' in card);
  return (
    <div class="listed">
      <Chart points={toPoints(document)} />
      <section aria-labelledby="here">
        <h2 id="here">Here now</h2>
        <div class="cards">
          {cards.map((card) => (
            <ModelCard key={card.name} card={card} usual={card.name === document.default} />
          ))}
        </div>
        {unreadable.map(({ name, error }) => (
          <p key={name} class="trouble">
            {name}: {error.title} ({error.code})
          </p>
        ))}
      </section>
      <CatalogueTable entries={document.catalogue} />
    </div>
  );
}
