import type { AttemptCase, Carrier, InboundCase, ResponseCase, SignCase } from './verdicts.ts';
import { answerCase, attemptCase, judgeInbound, signCase } from './verdicts.ts';

/** POST /inbound, /sign, /respond and /attempt: cases judged where the room will live. */
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/inbound') {
      const { cases, carrier } = await request.json<{ cases: InboundCase[]; carrier: Carrier }>();
      return Response.json(await mapInTurn(cases, (given) => judgeInbound(given, carrier)));
    }
    if (pathname === '/sign') {
      return Response.json(await mapInTurn(await request.json<SignCase[]>(), signCase));
    }
    if (pathname === '/attempt') {
      return Response.json(await attemptCase(await request.json<AttemptCase>()));
    }
    const { cases, chance } = await request.json<{ cases: ResponseCase[]; chance: number }>();
    return Response.json(await mapInTurn(cases, (given) => answerCase(given, chance)));
  },
} satisfies ExportedHandler;

async function mapInTurn<A, B>(cases: readonly A[], judge: (given: A) => Promise<B>): Promise<B[]> {
  const verdicts: B[] = [];
  for (const given of cases) verdicts.push(await judge(given));
  return verdicts;
}
