/**
 * What a page of ours may do: its own styles, scripts and pictures, calls to its own service, and
 * pictures out of memory (`blob:`), which are the visitor's own. Nothing inline, nothing from
 * elsewhere, no frame around it.
 */
export const CONTENT_SECURITY_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
