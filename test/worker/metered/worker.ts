import worker from '../../../src/worker.ts';
import { meterBucket, meterDatabase, meterQueue } from './meter.ts';
import { createMeter } from './units.ts';

type Env = Parameters<typeof worker.fetch>[1];

// The whole Worker with a dataset that tells what it was given, or that is away (locally the
// platform's takes points and forgets them), and with a meter at what is billed by the operation.
// Nothing of this is in the Worker that is deployed.
const points: AnalyticsEngineDataPoint[] = [];
const meter = createMeter();
let away = false;

const dataset: AnalyticsEngineDataset = {
  writeDataPoint(point = {}) {
    if (away) throw new Error('the dataset is away');
    points.push(point);
  },
};

function watched(env: Env): Env {
  const { RESULTS, DB, JOBS, CALLBACKS } = env;
  return {
    ...env,
    ANALYTICS: dataset,
    ...(RESULTS && { RESULTS: meterBucket(RESULTS, meter) }),
    ...(DB && { DB: meterDatabase(DB, meter) }),
    ...(JOBS && { JOBS: meterQueue(JOBS, meter) }),
    ...(CALLBACKS && { CALLBACKS: meterQueue(CALLBACKS, meter) }),
  };
}

export default {
  /** GET /test/points, /test/meter: what came since. PUT /test/away: no point is taken any more. */
  async fetch(request, env, ctx) {
    switch (new URL(request.url).pathname) {
      case '/test/points':
        return Response.json(points.splice(0));
      case '/test/meter': {
        const read = { ...meter };
        Object.assign(meter, createMeter());
        return Response.json(read);
      }
      case '/test/away':
        away = true;
        return new Response(null, { status: 204 });
      default:
        return worker.fetch(request, watched(env), ctx);
    }
  },
  queue: (batch, env) => worker.queue(batch, watched(env)),
  scheduled: (controller, env) => worker.scheduled(controller, watched(env)),
} satisfies ExportedHandler<Env>;
