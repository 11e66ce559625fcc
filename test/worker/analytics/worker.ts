import worker from '../../../src/worker.ts';

type Env = Parameters<typeof worker.fetch>[1];

// The whole Worker with a dataset that tells what it was given, or that is away: locally the
// platform's takes points and forgets them. Nothing of this is in the Worker that is deployed.
const points: AnalyticsEngineDataPoint[] = [];
let away = false;

const dataset: AnalyticsEngineDataset = {
  writeDataPoint(point = {}) {
    if (away) throw new Error('the dataset is away');
    points.push(point);
  },
};

const watched = (env: Env): Env => ({ ...env, ANALYTICS: dataset });

export default {
  /** GET /test/points: what was written since; PUT /test/away: from now on nothing is taken. */
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/test/points') return Response.json(points.splice(0));
    if (pathname !== '/test/away') return worker.fetch(request, watched(env), ctx);
    away = true;
    return new Response(null, { status: 204 });
  },
  queue: (batch, env) => worker.queue(batch, watched(env)),
  scheduled: (controller, env) => worker.scheduled(controller, watched(env)),
} satisfies ExportedHandler<Env>;
