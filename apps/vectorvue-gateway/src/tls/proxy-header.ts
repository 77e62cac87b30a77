import { isIP, SocketAddress } from 'node:net';

/**
 * The header of HAProxy's PROXY protocol, versions 1 and 2, which a balancer puts before the first byte of TLS to say
 * whose connection it passes on. It says so in the clear and unsigned, so it is asked of configured addresses only.
 */
export type ProxyHeader =
  /** It may become one with more bytes. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }
  /**
   * `length`: its bytes; what follows is TLS. `client`: the address of whoever connected to the proxy, in canonical form;
   * null where the proxy speaks for itself (LOCAL, UNKNOWN, UNSPEC), for example to see whether we live.
   */
  | { readonly kind: 'header'; readonly length: number; readonly client: string | null };

/** Version 2, section 2.2 of its text: these twelve bytes cannot begin anything else. */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED_BYTES = 16;
/** Addresses take 36 at most; the rest is for extensions (TLVs), which are skipped. The text allows 65,535. */
const MAX_VARIABLE_BYTES = 4096;
/** Version 2, LOCAL, without addresses: whoever connects speaks for itself, as the checks of a balancer do. */
export const PROXY_LOCAL_HEADER: Uint8Array = Buffer.concat([SIGNATURE, Uint8Array.of(0x20, 0, 0, 0)]);
/** Version 1, section 2.1, with its CRLF. */
const MAX_LINE_BYTES = 107;

const INCOMPLETE = { kind: 'incomplete' } as const;
const MALFORMED = { kind: 'malformed' } as const;

/** Reads the beginning of a connection. Never throws; asks for more bytes only while what is there can become a header. */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const prefix = Math.min(buffer.length, SIGNATURE.length);
  if (buffer.subarray(0, prefix).equals(SIGNATURE.subarray(0, prefix))) return parseBinary(buffer);
  return parseLine(buffer);
}

function parseBinary(buffer: Buffer): ProxyHeader {
  if (buffer.length < FIXED_BYTES) return INCOMPLETE;
  const command = buffer[12] ?? 0;
  const family = buffer[13] ?? 0;
  const variable = buffer.readUInt16BE(14);
  if ((command !== 0x20 && command !== 0x21) || variable > MAX_VARIABLE_BYTES) return MALFORMED;
  const length = FIXED_BYTES + variable;
  if (buffer.length < length) return INCOMPLETE;
  // LOCAL: whatever addresses it has are to be ignored. UNSPEC: it has none.
  if (command === 0x20 || family === 0x00) return { kind: 'header', length, client: null };
  if (family === 0x11 && variable >= 12) {
    return { kind: 'header', length, client: [...buffer.subarray(16, 20)].join('.') };
  }
  if (family === 0x21 && variable >= 36) {
    const groups = Array.from({ length: 8 }, (_, at) => buffer.readUInt16BE(16 + 2 * at).toString(16));
    return { kind: 'header', length, client: canonicalAddress(groups.join(':')) };
  }
  // UDP and unix sockets do not carry TLS over TCP; other numbers are not assigned.
  return MALFORMED;
}

function parseLine(buffer: Buffer): ProxyHeader {
  const end = buffer.subarray(0, MAX_LINE_BYTES).indexOf('\r\n');
  const line = buffer.subarray(0, end < 0 ? MAX_LINE_BYTES : end).toString('latin1');
  const known = 'PROXY ';
  if (!line.startsWith(known) && (end >= 0 || !known.startsWith(line))) return MALFORMED;
  if (end < 0) return buffer.length < MAX_LINE_BYTES ? INCOMPLETE : MALFORMED;
  const length = end + 2;
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN '))
    return { kind: 'header', length, client: null };
  const [, protocol, source = '', destination = '', ...ports] = line.split(' ');
  const version = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : -1;
  const addresses = [source, destination].every((each) => isIP(each) === version && !each.includes('%'));
  if (!addresses || ports.length !== 2 || !ports.every(isPort)) return MALFORMED;
  return { kind: 'header', length, client: canonicalAddress(source) };
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535;
}

/**
 * One spelling for one address, so that one client is one key of a limit: lower case, shortest form, and an IPv4 address
 * that came as IPv6 (`::ffff:192.0.2.1`) as IPv4. The text must be an address without a zone.
 */
export function canonicalAddress(text: string): string {
  if (isIP(text) === 4) return text;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  const mapped = /^::ffff:([0-9.]+)$/.exec(address)?.[1];
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : address;
}
