/**
 * Blocks in which there is nothing for us to fetch: IANA's IPv4 and IPv6 special-purpose address
 * registries whole (also the few entries that are reachable), multicast, deprecated relays, a
 * cloud platform's address inside public space, and every IPv6 form that carries an IPv4 address.
 */
export type AddressBlock = readonly [cidr: string, what: string, source: string];

export const BLOCKS_V4: readonly AddressBlock[] = [
  ['0.0.0.0/8', 'this network', 'RFC 791'],
  ['10.0.0.0/8', 'private', 'RFC 1918'],
  ['100.64.0.0/10', 'shared by carriers', 'RFC 6598'],
  ['127.0.0.0/8', 'loopback', 'RFC 1122'],
  ['168.63.129.16/32', "Azure's platform", 'vendor documentation'],
  ['169.254.0.0/16', 'link-local, cloud metadata', 'RFC 3927'],
  ['172.16.0.0/12', 'private', 'RFC 1918'],
  ['192.0.0.0/24', 'protocol assignments', 'RFC 6890'],
  ['192.0.2.0/24', 'documentation', 'RFC 5737'],
  ['192.31.196.0/24', 'AS112', 'RFC 7535'],
  ['192.52.193.0/24', 'AMT', 'RFC 7450'],
  ['192.88.99.0/24', '6to4 relay, deprecated', 'RFC 7526'],
  ['192.168.0.0/16', 'private', 'RFC 1918'],
  ['192.175.48.0/24', 'AS112 direct delegation', 'RFC 7534'],
  ['198.18.0.0/15', 'benchmarking', 'RFC 2544'],
  ['198.51.100.0/24', 'documentation', 'RFC 5737'],
  ['203.0.113.0/24', 'documentation', 'RFC 5737'],
  ['224.0.0.0/4', 'multicast', 'RFC 1112'],
  ['240.0.0.0/4', 'reserved, broadcast', 'RFC 1112'],
];

/** The only IPv6 space that is allocated to hosts of the public internet (RFC 4291). */
export const GLOBAL_V6 = '2000::/3';

/** Only what lies inside 2000::/3; everything outside is refused without a list. */
export const BLOCKS_V6: readonly AddressBlock[] = [
  ['2001::/23', 'protocol assignments: Teredo, ORCHID, DRIP', 'RFC 2928'],
  ['2001:db8::/32', 'documentation', 'RFC 3849'],
  ['2002::/16', '6to4', 'RFC 3056'],
  ['2620:4f:8000::/48', 'AS112 direct delegation', 'RFC 7534'],
  ['3fff::/20', 'documentation', 'RFC 9637'],
];
