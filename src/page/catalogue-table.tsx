import type { CatalogueEntry } from './api.ts';
import { CopyButton } from './copy-button.tsx';

/** Models that can be added: what their publishers say of them, and the command. */
export function CatalogueTable({ entries }: { entries: readonly CatalogueEntry[] }) {
  if (entries.length === 0) return null;
  return (
    <section class="catalogue" aria-labelledby="catalogue">
      <h2 id="catalogue">One command away</h2>
      <p class="hint">
        Published checkpoints. <code>npm run models -- add</code> and a name fetches one, quantizes
        it, measures it and puts it here.
      </p>
      <section class="scroll" aria-label="Table of the catalogue" tabindex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Trained on</th>
              <th scope="col" class="number">
                Published top-1
              </th>
              <th scope="col" class="number">
                Multiply-adds
              </th>
              <th scope="col">Command</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <Row key={entry.name} entry={entry} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row({ entry }: { entry: CatalogueEntry }) {
  const top1 = entry.published?.top1_percent;
  return (
    <tr>
      <th scope="row">{entry.name}</th>
      <td>{entry.dataset}</td>
      <td class="number">{top1 === undefined ? '–' : `${top1.toFixed(2)} %`}</td>
      <td class="number">{`${(entry.computed.macs / 1e9).toFixed(2)} billion`}</td>
      <td class="command">
        <CopyButton text={entry.command} what={`the command for ${entry.name}`} />
      </td>
    </tr>
  );
}
