import ipaddr from 'ipaddr.js';
import type { AddressBlock } from './address-blocks.ts';
import { BLOCKS_V4, BLOCKS_V6, GLOBAL_V6 } from './address-blocks.ts';

/**
 * Whether an address that a resolver gave may be connected to. Anything but the standard spelling
 * (four decimal numbers, or RFC 4291 without a zone) is not public.
 */
export function isPublicAddress(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const address = ipaddr.IPv4.parse(text);
    return !BLOCKS_V4.some(([cidr]: AddressBlock) => address.match(ipaddr.IPv4.parseCIDR(cidr)));
  }
  if (!ipaddr.IPv6.isValid(text) || text.includes('%')) return false;
  const address = ipaddr.IPv6.parse(text);
  if (!address.match(ipaddr.IPv6.parseCIDR(GLOBAL_V6))) return false;
  return !BLOCKS_V6.some(([cidr]: AddressBlock) => address.match(ipaddr.IPv6.parseCIDR(cidr)));
}
