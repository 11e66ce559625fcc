/** Requests of one run: each keeps a few numbers, and a million take some seconds. */
export const requestsMax = 5_000_000;

/** Rates asked about in one command. */
export const ratesMax = 20;

/** Requests a second worldwide: beyond it no run of `requestsMax` would last a second. */
export const perSecondMax = 1_000_000;

/** The figures' file: three lines of some kilobytes. */
export const figuresBytesMax = 1024 * 1024;

/** Isolates of one data centre at a time: what comes beyond waits in the shortest line. */
export const isolatesMax = 4096;

/** Origin instances tried for one rate, doubling. */
export const originsMax = 1024;
