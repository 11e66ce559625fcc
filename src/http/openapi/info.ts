export const INFO = {
  title: 'razorbill',
  description: `Names what is in a picture, at the edge. JSON over HTTP; errors are problem
documents (RFC 9457) with stable codes, each explained at its own \`type\`. HEAD is answered
wherever GET is. Where the service asks for no key, the header is not looked at.`,
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

export const TAGS = [
  { name: 'Pictures', description: 'Labels for pictures' },
  { name: 'Models', description: 'What can be asked, and how good it is' },
  { name: 'Jobs and webhooks', description: 'Events in, jobs done, signed callbacks out' },
  {
    name: 'Open Inference Protocol',
    description: 'Version 2, as KServe, Triton and OpenVINO Model Server have it',
  },
  { name: 'Drop-in APIs', description: 'Where clients of other services come in' },
  { name: 'Health', description: 'For probes, and what error codes mean' },
];

export const SECURITY_SCHEMES = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key of the service, where it asks for keys (`AUTH = "required"`)',
  },
  signedEvent: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description: `Standard Webhooks: \`v1,<base64>\` (HMAC-SHA256) or \`v1a,<base64>\` (ed25519)
over \`<webhook-id>.<webhook-timestamp>.<body>\`. A source may sign as GitHub, Stripe or Slack do
instead, or be known by a bearer.`,
  },
} as const;
