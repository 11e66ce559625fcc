/** Twice what the page shows, for dense screens. */
const SIDE_PX = 224;

/** A square cut out of the middle. Without sharp, which is optional here, the picture itself. */
export async function toThumbnail(picture: Uint8Array): Promise<Uint8Array> {
  const sharp = await import('sharp').then(
    (module) => module.default,
    () => undefined,
  );
  if (sharp === undefined) return picture;
  const square = sharp(picture).rotate().resize(SIDE_PX, SIDE_PX, { fit: 'cover' });
  return square.webp({ quality: 70 }).toBuffer();
}
