import { stringify } from 'yaml';
import type { ModelCard } from '../../../src/model/card.ts';
import { serviceNameCharsMax } from './limits.ts';
import type { Precision } from './model-config.ts';

/**
 * KServe's InferenceService (serving.kserve.io/v1beta1) that serves a Triton model repository from
 * `storageUri`, by KServe's own runtime for Triton.
 */
export function inferenceServiceYaml(
  card: ModelCard,
  precision: Precision,
  storageUri: string,
): string {
  const gpu = precision === 'fp16' ? { 'nvidia.com/gpu': '1' } : {};
  const resources = { cpu: '2', memory: '4Gi', ...gpu };
  const manifest = {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      name: serviceName(card.name),
      annotations: { 'razorbill/graph-sha256': card.graph },
    },
    spec: {
      predictor: {
        minReplicas: 1,
        model: {
          modelFormat: { name: 'triton', version: '2' },
          runtime: 'kserve-tritonserver',
          protocolVersion: 'v2',
          storageUri,
          resources: { requests: resources, limits: resources },
        },
      },
    },
  };
  return stringify(manifest, { aliasDuplicateObjects: false });
}

/** A model's name as Kubernetes takes it: a-z, 0-9 and inner hyphens, no more than 63. */
function serviceName(model: string): string {
  const hyphened = model.replaceAll(/[^a-z0-9]+/g, '-').slice(0, serviceNameCharsMax);
  return hyphened.replaceAll(/^-+|-+$/g, '');
}
