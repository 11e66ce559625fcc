import type { Origin } from '../origin/origin.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** The same origin; its failures are counted, and when its breaker opens and closes is told. */
export function watchOrigin(origin: Origin, telemetry: Telemetry): Origin {
  let known = 'ready';

  function tellBreaker(): void {
    const { state } = origin.look();
    if (state === known) return;
    known = state;
    const level = state === 'resting' ? 'warn' : 'info';
    telemetry.log(level, 'origin_breaker', { code: `origin_${state}` });
  }

  return {
    look: () => origin.look(),
    async ask(question) {
      const answer = await origin.ask(question);
      if (!answer.ok) telemetry.count('origin_failures', { code: answer.failure.code });
      tellBreaker();
      return answer;
    },
  };
}
