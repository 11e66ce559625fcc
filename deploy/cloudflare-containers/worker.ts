import { Container, getRandom } from '@cloudflare/containers';
import { createFront, type FrontSettings } from './front.ts';

interface Env extends FrontSettings {
  readonly ORIGIN: DurableObjectNamespace<Origin>;
  readonly ORIGIN_INSTANCES: string;
}

/** One container: the origin of ../../Dockerfile, with the embedded models. */
export class Origin extends Container<Env> {
  override defaultPort = 8788;
  /** A picture a while apart keeps it awake; what it costs is paid by the second. */
  override sleepAfter = '5m';
  /** Its models are in the image. With ORIGIN_MODELS at R2 or elsewhere it needs the way out. */
  override enableInternet = false;
  override pingEndpoint = 'origin/v2/health/live';
  override envVars = {
    ORIGIN_AUTH: this.env.ORIGIN_AUTH,
    ORIGIN_SECRET: this.env.ORIGIN_SECRET,
  };
}

let front: ReturnType<typeof createFront> | undefined;

export default {
  async fetch(request, env): Promise<Response> {
    const instances = Number(env.ORIGIN_INSTANCES);
    const forward = async (admitted: Request) =>
      (await getRandom(env.ORIGIN, instances)).fetch(admitted);
    front ??= createFront(env, forward, Date.now);
    return front.fetch(request);
  },
} satisfies ExportedHandler<Env>;
