import type { Workerd } from '../workerd/workerd.ts';
import type { LoadPicture } from './pictures.ts';
import { type Sampled, sampleDuring } from './sampler.ts';

/** Issue 16: what two photographs of 12 megapixels at once may take beside a resident ResNet-50. */
export const PAIR_BYTES_MAX = 110_000_000;

const MODEL = 'resnet50_keras_in1k';
const ROUNDS = 8;

/** On a fresh workerd: peaks are those of its whole life. */
export async function sampleTwoAtOnce(
  workerd: Workerd,
  photographs: readonly LoadPicture[],
): Promise<Sampled> {
  const large = photographs.filter(({ name }) => /12mp|4032|progressive/.test(name));
  const ask = async (picture: LoadPicture): Promise<void> => {
    const response = await fetch(`${workerd.url}/v1/classify?model=${MODEL}`, {
      method: 'POST',
      body: picture.bytes,
      headers: { 'cache-control': 'no-cache' },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${picture.name}: ${response.status} ${text}`);
  };
  return sampleDuring(workerd, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const picture of large) await Promise.all([ask(picture), ask(picture)]);
    }
  });
}
