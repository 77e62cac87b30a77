import { isIP } from 'node:net';
import type { AddressRange } from './gateway-config.ts';
import type { Settings } from './settings.ts';

const NAME = 'VV_TG_PROXY_PROTOCOL_FROM';

/** Addresses and ranges, separated by commas: `10.0.0.5, 10.1.0.0/16, fd00::/8`. */
export function readProxyProtocolFrom(settings: Settings): readonly AddressRange[] {
  const text = settings.text(NAME);
  if (text === null) return [];
  const ranges = text.split(',').map((each) => readRange(each.trim()));
  const found = ranges.filter((range) => range !== null);
  if (found.length < ranges.length)
    settings.fault(NAME, 'must be addresses or ranges (CIDR), separated by commas');
  if (found.some(({ prefix }) => prefix === 0)) {
    settings.fault(NAME, 'must not be everybody: whoever reaches the port could claim any address');
  }
  return found;
}

function readRange(text: string): AddressRange | null {
  const [, address = '', length] = /^([0-9a-fA-F.:]+)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text) ?? [];
  const bits = { 4: 32, 6: 128 }[isIP(address)];
  if (bits === undefined) return null;
  const prefix = length === undefined ? bits : Number(length);
  return prefix <= bits ? { address, prefix } : null;
}
