import worker from '../../../src/worker.ts';

// The whole Worker with a clock that a test sets: src/worker.ts hands `Date.now` to its rooms when
// the first event wires them. Nothing of this is in the Worker that is deployed.
const realNow = Date.now.bind(Date);
let now = realNow;
Date.now = () => now();

export default {
  ...worker,
  /** PUT /test/clock: `{ "at": ms }` stops the clock there, `{ "ahead": ms }` lets it run on. */
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/test/clock') return worker.fetch(request, env, ctx);
    const wish = await request.json<{ readonly at?: number; readonly ahead?: number }>();
    const { at, ahead = 0 } = wish;
    now = at === undefined ? () => realNow() + ahead : () => at;
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Parameters<typeof worker.fetch>[1]>;
