import { createHuggingFaceRoutes } from './hugging-face/routes.ts';
import type { App, Services } from './services.ts';
import type { Shed } from './shed.ts';
import { createTorchServeRoutes } from './torchserve/routes.ts';
import { createWorkersAiRoutes } from './workers-ai/routes.ts';

/** Where clients of other services come in, with only the address changed. */
export function addDropIns(app: App, services: Services, shed: Shed): void {
  app.route('/', createHuggingFaceRoutes(services, shed));
  app.route('/client/v4', createWorkersAiRoutes(services, shed));
  app.route('/', createTorchServeRoutes(services, shed));
}
