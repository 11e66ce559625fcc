/** Settings of thresholds that are tried: each looks at every picture, 50,000 in some seconds. */
export const SETTINGS_MAX = 8000;

/** Of one threshold: more than this many are closer together than two pictures of 400. */
export const LEVELS_MAX = 400;
