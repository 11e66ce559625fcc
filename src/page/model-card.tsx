import type { Accuracy, Card } from './api.ts';
import { CopyButton } from './copy-button.tsx';
import { Fact } from './fact.tsx';
import { usdPerMillion } from './price.ts';
import { sayBytes, sayPercent, sayUsd } from './words.ts';

export function ModelCard({ card, usual }: { card: Card; usual: boolean }) {
  const int8 = card.accuracy.find(({ precision }) => precision === 'int8');
  const fp32 = card.accuracy.find(({ precision }) => precision === 'fp32');
  const [cost] = card.cost;
  return (
    <article class="card" id={card.name}>
      <header>
        <h3>{card.name}</h3>
        {usual ? <span class="chip usual">asked when none is named</span> : null}
      </header>
      <dl class="figures">
        <Figure name="right, int8" value={int8 === undefined ? '–' : sayPercent(int8.top1)} />
        <Figure name="CPU ms a picture" value={cost === undefined ? '–' : `${cost.cpu_ms}`} />
        <Figure
          name="a million pictures"
          value={cost === undefined ? '–' : sayUsd(usdPerMillion(cost.cpu_ms))}
        />
      </dl>
      <dl class="facts">
        <Fact name="Knows">{`${card.classes.toLocaleString('en')} names (${card.labels})`}</Fact>
        {int8 === undefined ? null : <Fact name="Measured">{sayAccuracy(int8, fp32)}</Fact>}
        <Fact name="Cost">{cost === undefined ? 'not measured here' : sayCost(cost)}</Fact>
        <Fact name="Network">
          {`ResNet-${card.architecture.depth} (${card.architecture.variant}), ` +
            `${card.input.height} × ${card.input.width}, ${sayBytes(card.bytes)}`}
        </Fact>
        <Fact name="Quantized">
          {`${card.calibration.method}, on ${card.calibration.images} pictures`}
        </Fact>
        <Fact name="Source">
          {card.source.url === undefined ? (
            card.source.title
          ) : (
            <a href={card.source.url} rel="noreferrer">
              {card.source.title}
            </a>
          )}
          {`; ${card.licence}`}
        </Fact>
        <Fact name="Digest">
          <code class="digest">{card.graph}</code>{' '}
          <CopyButton text={card.graph} what={`the digest of ${card.name}`} />
        </Fact>
      </dl>
      <a class="button strong" href={`/?${new URLSearchParams({ model: card.name })}`}>
        Try {card.name}
      </a>
    </article>
  );
}

function sayCost({ engine, memory_bytes: bytes, machine, date }: Card['cost'][number]): string {
  return `${engine} engine, ${sayBytes(bytes)} of memory; ${machine}, ${date}`;
}

function sayAccuracy(int8: Accuracy, fp32: Accuracy | undefined): string {
  const on = `${int8.images.toLocaleString('en')} pictures of ${int8.dataset}`;
  const before = fp32 === undefined ? '' : `; ${sayPercent(fp32.top1)} before quantization`;
  const same =
    int8.agreement === undefined ? '' : `; the same class on ${sayPercent(int8.agreement)}`;
  return `on ${on}${before}${same}`;
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
