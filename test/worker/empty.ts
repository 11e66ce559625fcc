// The unit tests' Worker: it only gives them an isolate with bindings.
export default { fetch: (): Response => new Response('unit tests', { status: 404 }) };
