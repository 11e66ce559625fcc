import { createHuggingFaceRoutes } from './hugging-face/routes.ts';
import type { App, Services } from './services.ts';
import { createTorchServeRoutes } from './torchserve/routes.ts';
import { createWorkersAiRoutes } from './workers-ai/routes.ts';

/** Where clients of other services come in, with only the address changed. */
export function addDropIns(app: App, services: Services): void {
  app.route('/', createHuggingFaceRoutes(services));
  app.route('/client/v4', createWorkersAiRoutes(services));
  app.route('/', createTorchServeRoutes(services));
}
