import type { Kind } from '../bench/measure.ts';
import type { Workerd } from '../workerd/workerd.ts';
import { type LoadPicture, readSamples } from './pictures.ts';

/** The classes of requests that cost so differently that one figure would say nothing. */
export function limitKinds(workerd: Workerd, photographs: readonly LoadPicture[]): readonly Kind[] {
  const small = named(readSamples(), /boats/);
  const twelve = named(photographs, /12mp|4032/);
  const post = (picture: LoadPicture, control: string, statuses: readonly number[]) => () =>
    send(`${workerd.url}/v1/classify`, statuses, {
      method: 'POST',
      body: picture.bytes,
      headers: { 'cache-control': control },
    });
  const text: LoadPicture = { name: 'text', bytes: new TextEncoder().encode('no picture at all') };
  const kinds: ReadonlyArray<readonly [string, () => Promise<void>]> = [
    ['livez', () => send(`${workerd.url}/livez`, [200], {})],
    ['cached hit', post(small, 'max-age=600', [200])],
    ['uncached small photograph', post(small, 'no-cache', [200])],
    ['uncached 12 MP photograph', post(twelve, 'no-cache', [200, 413])],
    ['refused: no picture', post(text, 'no-cache', [415])],
  ];
  return kinds.map(([name, request]) => ({ name, use: workerd.use, send: request }));
}

function named(pictures: readonly LoadPicture[], name: RegExp): LoadPicture {
  const found = pictures.find((picture) => name.test(picture.name));
  if (found === undefined) throw new Error(`no picture is called like ${name}`);
  return found;
}

async function send(url: string, statuses: readonly number[], init: RequestInit): Promise<void> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!statuses.includes(response.status)) throw new Error(`${response.status}: ${text}`);
}
