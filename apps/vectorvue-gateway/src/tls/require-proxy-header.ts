import { BlockList, isIPv6, type Server, type Socket } from 'node:net';
import type { AddressRange } from '../config/gateway-config.ts';
import { clientAddressOf, setClientAddress } from './client-addresses.ts';
import { parseProxyHeader } from './proxy-header.ts';

/** `incomplete`: the connection ended within it. `timeout`: it did not come in the time of a handshake. */
export type ProxyHeaderFault = 'malformed' | 'incomplete' | 'timeout';

export interface ProxyHeaderParts {
  /** From these, and from nobody else, a header is taken; from these none is believed without one. */
  readonly from: readonly AddressRange[];
  /** Milliseconds from the TCP connection to the end of the header. */
  readonly timeoutMs: number;
  /** `balancer`: its own address, which is all that is known. */
  readonly onFault: (fault: ProxyHeaderFault, balancer: string | null) => void;
}

/**
 * Puts the reading of a PROXY header before everything that listens for connections so far: TLS, limits by address.
 * They see a connection from a balancer once its header was read, as if it began there; a connection from elsewhere at
 * once and untouched, where a header would be a handshake that fails. Call it last, and only where a balancer is
 * configured: without one this file has no part in a connection.
 */
export function requireProxyHeader(server: Server, parts: ProxyHeaderParts): void {
  const isTrusted = matchAddress(parts.from);
  const next = server.listeners('connection');
  server.removeAllListeners('connection');
  const goOn = (socket: Socket): void => {
    for (const listener of next) listener.call(server, socket);
  };
  server.on('connection', (socket: Socket) => {
    const remote = socket.remoteAddress;
    // It ended already, and nobody knows whose it was.
    if (remote === undefined) socket.destroy();
    else if (isTrusted(remote)) readHeader(socket, parts, goOn);
    else goOn(socket);
  });
}

/** Whether an address, as a socket says it, is within any of them. */
export function matchAddress(ranges: readonly AddressRange[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefix } of ranges)
    list.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4');
  return (address) => list.check(address.replace(/%.*$/, ''), isIPv6(address) ? 'ipv6' : 'ipv4');
}

function readHeader(socket: Socket, parts: ProxyHeaderParts, goOn: (socket: Socket) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const settle = (): void => {
    clearTimeout(timer);
    socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', ignore);
  };
  const refuse = (fault: ProxyHeaderFault): void => {
    settle();
    // The connection ends with a reset or not; nothing that it does now is of interest.
    socket.on('error', ignore);
    parts.onFault(fault, clientAddressOf(socket));
    socket.destroy();
  };
  const onReadable = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    }
    const header = parseProxyHeader(seen);
    if (header.kind === 'malformed') refuse('malformed');
    if (header.kind !== 'header') return;
    settle();
    if (header.client !== null) setClientAddress(socket, header.client);
    // What came behind it is the beginning of TLS, which reads what a socket holds before what arrives.
    if (seen.length > header.length) socket.unshift(seen.subarray(header.length));
    goOn(socket);
  };
  const onEnd = (): void => refuse('incomplete');
  const timer = setTimeout(refuse, parts.timeoutMs, 'timeout');
  socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', ignore);
}

/** A reset is followed by `close`. */
function ignore(): void {}
