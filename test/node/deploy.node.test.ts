import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Service as KnativeService } from '@kubernetes-models/knative/serving.knative.dev/v1';
import { Ajv, type ValidateFunction } from 'ajv';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Container, type IContainer, Service } from 'kubernetes-models/v1';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { inferenceServiceYaml } from '../../scripts/models/export/inference-service.ts';
import { createMetrics } from '../../src/container/metrics.ts';
import { parseSettings } from '../../src/container/settings.ts';
import { cardSchema } from '../../src/model/card.ts';
import { closeObjects, type JsonSchema } from './close-objects.ts';
import { ROOT } from './workers.ts';

// biome-ignore lint/suspicious/noExplicitAny: that these have a form is what is under test
type Manifest = any;

const FILES = ['kubernetes', 'triton', 'kserve', 'cloud-run'].flatMap((folder) =>
  readdirSync(join(ROOT, 'deploy', folder)).map((file) => `deploy/${folder}/${file}`),
);
const VALUES = 'deploy/kubernetes/prometheus-adapter-values.yaml';

function read(file: string): Manifest[] {
  const documents = parseAllDocuments(readFileSync(join(ROOT, file), 'utf8'));
  return documents.map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

const MANIFESTS = FILES.filter((file) => file !== VALUES).flatMap((file) =>
  read(file).map((manifest) => ({ file, manifest, kind: String(manifest.kind) })),
);
const of = (kind: string) => MANIFESTS.filter((found) => found.kind === kind);
const find = (kind: string, name: string): Manifest =>
  of(kind).find(({ manifest }) => manifest.metadata.name === name)?.manifest;

/** Every pod that these files describe, with the file's name. */
const PODS = MANIFESTS.filter(({ manifest }) => manifest.spec.template !== undefined).map(
  ({ file, manifest }) => ({ file, pod: manifest.spec.template.spec }),
);
const OURS = PODS.filter(({ file }) => !file.includes('triton'));

const SCHEMAS: Readonly<Record<string, (manifest: Manifest) => void>> = {
  'apps/v1 Deployment': (manifest) => new Deployment(manifest).validate(),
  'v1 Service': (manifest) => new Service(manifest).validate(),
  'autoscaling/v2 HorizontalPodAutoscaler': (manifest) =>
    new HorizontalPodAutoscaler(manifest).validate(),
  'policy/v1 PodDisruptionBudget': (manifest) => new PodDisruptionBudget(manifest).validate(),
  'serving.knative.dev/v1 Service': (manifest) => new KnativeService(manifest).validate(),
  // No package has KServe's schema: below, against its own definition where that is given.
  'serving.kserve.io/v1beta1 InferenceService': ({ spec }) => {
    const { resources } = spec.predictor.model;
    new Container({ name: 'kserve-container', resources }).validate();
  },
};

describe('the published schemas', () => {
  it.each(MANIFESTS)('$file: $kind', ({ manifest }) => {
    const validate = SCHEMAS[`${manifest.apiVersion} ${manifest.kind}`];
    if (validate === undefined) throw new Error(`${manifest.apiVersion} is not looked at`);
    validate(manifest);
  });

  it('refuse a wrong type and a missing field', () => {
    const wrong = structuredClone(find('Deployment', 'razorbill-origin'));
    wrong.spec.template.spec.terminationGracePeriodSeconds = 'long';
    expect(() => SCHEMAS['apps/v1 Deployment']?.(wrong)).toThrow('must be integer');
    const without = structuredClone(find('HorizontalPodAutoscaler', 'razorbill-origin'));
    delete without.spec.maxReplicas;
    expect(() => new HorizontalPodAutoscaler(without).validate()).toThrow('maxReplicas');
  });
});

describe.skipIf(!existsSync(process.env.KSERVE_CRD ?? ''))(
  "KServe's definition (KSERVE_CRD: its serving.kserve.io_inferenceservices.yaml)",
  () => {
    let check: ValidateFunction;
    beforeAll(() => {
      const crd = parse(readFileSync(process.env.KSERVE_CRD ?? '', 'utf8'));
      const version = crd.spec.versions.find((v: Manifest) => v.name === 'v1beta1');
      const { predictor } = version.schema.openAPIV3Schema.properties.spec.properties;
      const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
      check = ajv.compile(closeObjects(predictor as JsonSchema));
    });

    function validate({ spec }: Manifest): string[] {
      check(spec.predictor);
      return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    }

    it('accepts the file of deploy/ and what the exporter writes', () => {
      expect(validate(of('InferenceService')[0]?.manifest)).toEqual([]);
      for (const precision of ['fp16', 'int8'] as const) {
        const card = readFileSync(join(ROOT, 'models/resnet50_keras_in1k.json'), 'utf8');
        const parsed = cardSchema.parse(JSON.parse(card));
        const yaml = inferenceServiceYaml(parsed, precision, 's3://models.example/triton');
        expect(validate(parse(yaml))).toEqual([]);
      }
    });

    it('refuses a field that it does not have', () => {
      const wrong = structuredClone(of('InferenceService')[0]?.manifest);
      wrong.spec.predictor.model.storageUrl = wrong.spec.predictor.model.storageUri;
      expect(validate(wrong)).toEqual([expect.stringContaining('additional properties')]);
    });
  },
);

describe("the origin's containers", () => {
  const values = (container: IContainer): Record<string, string> => {
    const given = (container.env ?? []).map(({ name, value }) => [name, value ?? 's'.repeat(32)]);
    return Object.fromEntries(given);
  };

  it('are three', () => {
    expect(OURS.map(({ file }) => file.split('/')[2])).toEqual([
      'origin-cpu.yaml',
      'origin-gpu.yaml',
      'service.yaml',
    ]);
  });

  it.each(OURS)('$file: every variable is a setting, and the origin takes its value', ({ pod }) => {
    const [container] = pod.containers;
    const source = readFileSync(join(ROOT, 'src/container/settings.ts'), 'utf8');
    for (const name of Object.keys(values(container))) expect(source).toContain(`  ${name}: `);
    const settings = parseSettings(values(container));
    if (!settings.ok) throw new Error(JSON.stringify(settings.failure));
    expect(settings.value).toMatchObject({ host: '0.0.0.0', auth: 'bearer' });
    expect(settings.value.port).toBe(container.ports[0].containerPort);
  });

  it.each(OURS)('$file: a GPU is asked for exactly where CUDA is named', ({ pod }) => {
    const [container] = pod.containers;
    const cuda = values(container).ORIGIN_EXECUTION_PROVIDERS?.includes('cuda') === true;
    expect(container.resources.limits['nvidia.com/gpu']).toBe(cuda ? '1' : undefined);
    expect(container.image).toMatch(cuda ? /-cuda$/ : /-cpu$/);
  });

  it.each(OURS)('$file: it is killed after its drain, never within', ({ file, pod }) => {
    const [container] = pod.containers;
    const settings = parseSettings(values(container));
    if (!settings.ok) throw new Error(JSON.stringify(settings.failure));
    const { drainMs } = settings.value;
    // Cloud Run kills after 10 s and has no say in it.
    const sleep = container.lifecycle?.preStop.sleep.seconds ?? 0;
    const grace = file.includes('cloud-run') ? 10 : pod.terminationGracePeriodSeconds;
    expect(grace).toBeGreaterThan(sleep + drainMs / 1000);
  });
});

describe('every pod', () => {
  it.each(PODS)('$file: asks for its health where the servers have it', ({ pod }) => {
    const [container] = pod.containers;
    const routes = readFileSync(join(ROOT, 'src/http/oip/routes.ts'), 'utf8');
    const names = container.ports.flatMap((port: Manifest) => [port.name, port.containerPort]);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      // Cloud Run sends requests after the start-up probe.
      if (probe === 'readinessProbe' && pod.containerConcurrency !== undefined) continue;
      const { path, port } = container[probe].httpGet;
      expect(path).toBe(`/v2/health/${probe === 'livenessProbe' ? 'live' : 'ready'}`);
      expect(routes).toContain(`app.get('${path.replace('/v2', '')}'`);
      expect(names).toContain(port);
    }
  });

  it.each(PODS.filter(({ file }) => !file.includes('cloud-run')))(
    '$file: is not root and gains nothing',
    ({ pod }) => {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const { securityContext } of pod.containers) {
        expect(securityContext.allowPrivilegeEscalation).toBe(false);
        expect(securityContext.capabilities).toEqual({ drop: ['ALL'] });
      }
    },
  );
});

describe('what stands beside a Deployment', () => {
  const names = of('Deployment').map(({ manifest }) => manifest.metadata.name);

  it.each(names)('%s: labels, Service and budget select its pods', (name) => {
    const { selector, template } = find('Deployment', name).spec;
    const labels = { 'app.kubernetes.io/name': name };
    expect(template.metadata.labels).toEqual(labels);
    expect(selector.matchLabels).toEqual(labels);
    expect(find('PodDisruptionBudget', name).spec.selector.matchLabels).toEqual(labels);
    const service = find('Service', name).spec;
    expect(service.selector).toEqual(labels);
    const ports = template.spec.containers[0].ports.map((port: Manifest) => port.name);
    for (const { targetPort } of service.ports) expect(ports).toContain(targetPort);
  });

  it.each(of('HorizontalPodAutoscaler'))(
    '$file: scales by a metric that /metrics has and the adapter serves',
    async ({ manifest }) => {
      const { scaleTargetRef, metrics } = manifest.spec;
      const deployment = find('Deployment', scaleTargetRef.name);
      expect(deployment.spec.replicas).toBeUndefined();
      const { name } = metrics[0].pods.metric;
      expect(await createMetrics(() => 3).registry.metrics()).toContain(`\n${name} 3\n`);
      const [rules] = read(VALUES);
      expect(rules.rules.custom[0].seriesQuery).toContain(`${name}{`);
      const annotations = deployment.spec.template.metadata.annotations;
      const [port] = deployment.spec.template.spec.containers[0].ports;
      expect(annotations['prometheus.io/port']).toBe(String(port.containerPort));
    },
  );
});
