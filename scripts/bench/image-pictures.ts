import { existsSync, readFileSync } from 'node:fs';

const DATA = new URL('../../../shared/data/', import.meta.url);
const PHONE = 'photos/phone_12mp_422_restart.jpg';

export interface BenchPicture {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly megapixels: number;
}

export function hasPictures(): boolean {
  return existsSync(DATA);
}

export function formatOf({ bytes }: Pick<BenchPicture, 'bytes'>): 'jpeg' | 'png' {
  return bytes[0] === 0xff ? 'jpeg' : 'png';
}

/** Real photographs, and re-encodings of one of them by libvips for what they do not cover. */
export async function readPictures(only: string): Promise<readonly BenchPicture[]> {
  const read = (path: string) => new Uint8Array(readFileSync(new URL(path, DATA)));
  const sharp = await import('sharp').then(
    (module) => module.default,
    () => undefined,
  );
  const phone = read(PHONE);
  const made: BenchPicture[] = [];
  const make = async (name: string, width: number, encode: 'jpeg' | 'png', options: object) => {
    if (sharp === undefined || !name.includes(only)) return;
    const resized = sharp(phone).resize(width);
    const bytes = new Uint8Array(await resized[encode](options).toBuffer());
    made.push({ name, bytes, megapixels: (width * width * 3) / 4e6 });
  };
  const subsampled = { quality: 85, chromaSubsampling: '4:2:0' };
  await make('2 MP 4:2:0', 1632, 'jpeg', subsampled);
  await make('2 MP 4:4:4', 1632, 'jpeg', { quality: 85, chromaSubsampling: '4:4:4' });
  await make('2 MP progressive', 1632, 'jpeg', { ...subsampled, progressive: true });
  await make('2 MP PNG', 1632, 'png', {});
  await make('12 MP 4:2:0', 4032, 'jpeg', { ...subsampled, quality: 92 });
  await make('12 MP 4:4:4', 4032, 'jpeg', { quality: 85, chromaSubsampling: '4:4:4' });
  await make('12 MP progressive', 4032, 'jpeg', { ...subsampled, progressive: true });
  await make('12 MP PNG', 4032, 'png', {});
  const photo = (name: string, path: string, megapixels: number): BenchPicture => ({
    name,
    bytes: read(path),
    megapixels,
  });
  const all = [
    photo('0.2 MP 4:4:4', 'imagenet-val/ILSVRC2012_val_00000001.JPEG', 0.2),
    ...made.filter(({ megapixels }) => megapixels < 5),
    photo('8 MP 4:2:0, restarts', 'photos/phone_iphone_8mp.jpg', 8),
    { name: '12 MP 4:2:2, restarts', bytes: phone, megapixels: 12 },
    ...made.filter(({ megapixels }) => megapixels > 5),
    photo('15 MP progressive', 'photos/street_pexels.jpg', 15),
    photo('33 MP 4:2:0', 'photos/synthetic_33mp.jpg', 33),
  ];
  return all.filter(({ name }) => name.includes(only));
}
