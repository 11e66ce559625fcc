/** Too much is under way here, or it is about to go. */
export function busy(): Response {
  return refuse(503, 'overloaded', { 'retry-after': '1' });
}

/** Nothing says that the Worker sent it. */
export function unauthorized(): Response {
  return refuse(401, 'unauthorized', {});
}

function refuse(status: number, code: string, more: Readonly<Record<string, string>>): Response {
  const problem = { type: `/problems/${code}`, status, code };
  const headers = { 'content-type': 'application/problem+json', ...more };
  return new Response(JSON.stringify(problem), { status, headers });
}
