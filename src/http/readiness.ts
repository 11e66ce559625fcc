import type { Classifier } from '../classify/classify.ts';
import type { Digest } from '../digest.ts';
import type { Models } from '../model/models.ts';
import { decodeBase64 } from './base64.ts';

export interface ReadinessReport {
  /** `degraded`: answers come, but from the last good graph and not from the newest. */
  readonly status: 'ready' | 'degraded' | 'unready';
  readonly model: string;
  readonly model_digest?: string;
  readonly code?: string;
  readonly detail?: string;
}

export interface Readiness {
  check(background: (work: Promise<void>) => void): Promise<ReadinessReport>;
}

interface ReadinessRooms {
  readonly classifier: Classifier;
  readonly models: Models;
  readonly defaultModel: string;
  clock(): number;
}

/** A probe every few seconds must not become an inference every few seconds. */
const RETRY_AFTER_MS = 2000;

/**
 * Ready means that the default model has classified its golden picture in this isolate. Proven
 * once per graph; a failed proof is tried again, but not more often than RETRY_AFTER_MS.
 */
export function createReadiness(rooms: ReadinessRooms): Readiness {
  let proven: Digest | undefined;
  let failed: { readonly report: ReadinessReport; readonly atMs: number } | undefined;

  async function prove(background: (work: Promise<void>) => void): Promise<ReadinessReport> {
    const model = rooms.defaultModel;
    const found = await rooms.models.find(model);
    if (!found.ok) return { status: 'unready', model, code: found.failure.code };
    const { graph, golden } = found.value.card;
    if (proven !== graph) {
      if (golden === undefined) return { status: 'unready', model, code: 'no_golden_picture' };
      const bytes = decodeBase64(golden.image) ?? new Uint8Array(0);
      const cache = { read: false, write: false, only: false };
      const answer = await rooms.classifier.classify(bytes, {
        model,
        cache,
        scope: '',
        background,
      });
      if (!answer.ok) return { status: 'unready', model, code: answer.failure.code };
      if (argmax(answer.value.logits) !== golden.class_id) {
        return { status: 'unready', model, code: 'golden_picture_misread' };
      }
      proven = answer.value.card.graph;
    }
    return reportHealth(model);
  }

  async function reportHealth(model: string): Promise<ReadinessReport> {
    const health = await rooms.models.health(model);
    switch (health.state) {
      case 'ready':
        return { status: 'ready', model, model_digest: health.graph };
      case 'degraded': {
        const { graph, code, detail } = health;
        return { status: 'degraded', model, model_digest: graph, code, detail };
      }
      case 'absent':
        return { status: 'unready', model, code: health.code, detail: health.detail };
    }
  }

  return {
    async check(background) {
      if (failed !== undefined && rooms.clock() - failed.atMs < RETRY_AFTER_MS) {
        return failed.report;
      }
      const report = await prove(background);
      failed = report.status === 'unready' ? { report, atMs: rooms.clock() } : undefined;
      return report;
    },
  };
}

function argmax(scores: Float32Array): number {
  let best = 0;
  scores.forEach((score, i) => {
    if (score > (scores[best] ?? 0)) best = i;
  });
  return best;
}
