import { Hono } from 'hono';
import { admit } from '../../src/container/admit.ts';
import { parseSettings } from '../../src/container/settings.ts';

export interface FrontSettings {
  readonly ORIGIN_AUTH: string;
  readonly ORIGIN_SECRET: string;
}

/** One request to a container, which is woken for it. */
export type Forward = (request: Request) => Promise<Response>;

/**
 * What stands before the containers. They check the same secret themselves, but a stranger must not
 * be able to wake one: an awake container is paid for by the second.
 */
export function createFront(given: FrontSettings, forward: Forward, clock: () => number): Hono {
  const app = new Hono();
  const settings = parseSettings({
    ORIGIN_AUTH: given.ORIGIN_AUTH,
    ORIGIN_SECRET: given.ORIGIN_SECRET,
  });
  if (!settings.ok || settings.value.auth === 'none') {
    const detail = 'ORIGIN_AUTH is hmac or bearer, ORIGIN_SECRET has 32 characters or more';
    app.all('*', (c) => c.json({ code: 'misconfigured', detail }, 500));
    return app;
  }
  // Probes are open at the origin, for a cluster's own network; here that is the internet.
  app.get('/livez', (c) => c.json({ live: true }));
  for (const probe of ['/readyz', '/metrics', '/v2/health/*']) app.all(probe, (c) => c.notFound());
  app.use(admit(settings.value, clock));
  app.all('*', async (c) => {
    try {
      return await forward(c.req.raw);
    } catch {
      // No instance, or one that did not start in time: the edge answers itself meanwhile.
      const headers = { 'retry-after': '10' };
      return c.json({ code: 'origin_unavailable' }, { status: 503, headers });
    }
  });
  return app;
}
