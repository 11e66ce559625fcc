import { latin1 } from '../reader.ts';
import type { Frame } from './frame.ts';
import type { Colour } from './picture.ts';
import { COLOUR } from './picture.ts';

/** What application markers say about colour. */
export interface ColourHints {
  jfif: boolean;
  adobeTransform: number | undefined;
}

const APP0 = 0xe0;
const APP14 = 0xee;

/** Shorter markers of these names say nothing (jdmarker.c). */
const JFIF_BYTES_MIN = 14;
const ADOBE_BYTES_MIN = 12;

export function readColourHint(hints: ColourHints, marker: number, payload: Uint8Array): void {
  if (marker === APP0 && payload.length >= JFIF_BYTES_MIN && latin1(payload, 0, 5) === 'JFIF\0') {
    hints.jfif = true;
  }
  if (marker === APP14 && payload.length >= ADOBE_BYTES_MIN && latin1(payload, 0, 5) === 'Adobe') {
    hints.adobeTransform = payload[11];
  }
}

/** jdapimin.c, default_decompress_parms: JFIF beats Adobe, Adobe beats component names. */
export function chooseColour(frame: Frame, { jfif, adobeTransform }: ColourHints): Colour {
  const ids = frame.components.map(({ id }) => id);
  if (ids.length === 1) return COLOUR.grey;
  if (ids.length === 4) {
    return adobeTransform === undefined || adobeTransform === 0 ? COLOUR.cmyk : COLOUR.ycck;
  }
  if (jfif) return COLOUR.ycc;
  if (adobeTransform !== undefined) return adobeTransform === 0 ? COLOUR.rgb : COLOUR.ycc;
  return String.fromCharCode(...ids) === 'RGB' ? COLOUR.rgb : COLOUR.ycc;
}
