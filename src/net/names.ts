/**
 * Last labels that never name a public host: RFC 6761, 6762, 7686, 8375, 9476 and ICANN's list of
 * names that collide, with those that container and cloud platforms resolve privately.
 */
export const LOCAL_LABELS: ReadonlySet<string> = new Set([
  'alt',
  'arpa',
  'consul',
  'corp',
  'docker',
  'example',
  'home',
  'i2p',
  'internal',
  'intranet',
  'invalid',
  'k8s',
  'kube',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'mail',
  'onion',
  'private',
  'svc',
  'test',
  'workgroup',
]);

/** Public names of cloud metadata services: they answer with the machine's credentials. */
export const METADATA_DOMAINS: readonly string[] = [
  'metadata.goog',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
  'metadata.packet.net',
];

/** Names that resolve to whatever address stands in them, or to loopback, or by turns. */
export const WILDCARD_DOMAINS: readonly string[] = [
  'nip.io',
  'sslip.io',
  'xip.io',
  'localtest.me',
  'lvh.me',
  'vcap.me',
  'lacolhost.com',
  'traefik.me',
  'local.gd',
  'backname.io',
  'rbndr.us',
  '1u.ms',
  'localho.st',
];
