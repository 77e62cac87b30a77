import { isIP } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalAddress, parseProxyHeader } from '../../src/tls/proxy-header.ts';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const ports = fc.integer({ min: 0, max: 65_535 });
const tail = fc.uint8Array({ maxLength: 40 });

function binary(command: number, family: number, variable: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(variable.length);
  return Buffer.concat([SIGNATURE, Uint8Array.of(command, family), length, variable]);
}

const headers = fc.oneof(
  fc.tuple(fc.ipV4(), fc.ipV4(), ports, ports).map(([from, to, ...two]) => ({
    bytes: Buffer.from(`PROXY TCP4 ${from} ${to} ${two.join(' ')}\r\n`),
    client: from as string | null,
  })),
  fc.tuple(fc.ipV6(), fc.ipV6(), ports, ports).map(([from, to, ...two]) => ({
    bytes: Buffer.from(`PROXY TCP6 ${from} ${to} ${two.join(' ')}\r\n`),
    client: canonicalAddress(from) as string | null,
  })),
  fc
    .tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 8, maxLength: 60 }))
    .map(([from, rest]) => ({
      bytes: binary(0x21, 0x11, Buffer.concat([from, rest])),
      client: from.join('.') as string | null,
    })),
  fc
    .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ minLength: 20, maxLength: 60 }))
    .map(([from, rest]) => ({
      bytes: binary(0x21, 0x21, Buffer.concat([from, rest])),
      client: canonicalAddress(
        Buffer.from(from)
          .toString('hex')
          .replace(/(.{4})(?!$)/g, '$1:'),
      ) as string | null,
    })),
  fc
    .tuple(fc.constantFrom(0x00, 0x11, 0x21, 0x31), tail)
    .map(([family, rest]) => ({ bytes: binary(0x20, family, rest), client: null })),
  fc.constant({ bytes: Buffer.from('PROXY UNKNOWN\r\n'), client: null }),
);

describe('a header', () => {
  test('is read whatever follows it, and every part of it is incomplete', () => {
    fc.assert(
      fc.property(headers, tail, ({ bytes, client }, rest) => {
        expect(parseProxyHeader(Buffer.concat([bytes, rest]))).toEqual({
          kind: 'header',
          length: bytes.length,
          client,
        });
        for (let cut = 0; cut < bytes.length; cut += 1) {
          expect(parseProxyHeader(bytes.subarray(0, cut))).toEqual({ kind: 'incomplete' });
        }
      }),
    );
  });

  test('of noise there is none: no fault, no client that is no address, no wait without end', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 100 }).map((rest) => Buffer.concat([SIGNATURE, rest])),
      fc
        .string({ unit: fc.constantFrom(...'PROXY TCP46UNK:.%0192\r\n') })
        .map((text) => Buffer.from(`PROXY ${text}`)),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        const read = parseProxyHeader(bytes);
        if (read.kind === 'header') {
          expect(read.length).toBeLessThanOrEqual(bytes.length);
          if (read.client !== null) expect(isIP(read.client)).toBeGreaterThan(0);
        }
        // Whatever it is waiting for, it knows what it has after the longest header there is.
        const padded = Buffer.concat([bytes, Buffer.alloc(16 + 4096)]);
        expect(parseProxyHeader(padded).kind).not.toBe('incomplete');
      }),
      { numRuns: 500 },
    );
  });

  const ends = Buffer.alloc(36, 1);
  test.each([
    ['TLS', Buffer.from('160301020001000000', 'hex')],
    ['a port beyond 65535', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 65536 1\r\n')],
    ['a port with a leading zero', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 01 1\r\n')],
    ['the address of the other family', Buffer.from('PROXY TCP4 2001:db8::1 192.0.2.2 1 1\r\n')],
    ['a zone', Buffer.from('PROXY TCP6 fe80::1%eth0 2001:db8::2 1 1\r\n')],
    ['a word too many', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 1 1\r\n')],
    ['lower case', Buffer.from('proxy TCP4 192.0.2.1 192.0.2.2 1 1\r\n')],
    ['a line without end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
    ['another version', binary(0x11, 0x11, ends)],
    ['another command', binary(0x22, 0x11, ends)],
    ['UDP', binary(0x21, 0x12, ends)],
    ['a unix socket', binary(0x21, 0x31, Buffer.alloc(216))],
    ['too short for its family', binary(0x21, 0x21, ends.subarray(0, 35))],
    ['extensions without measure', binary(0x21, 0x11, Buffer.alloc(4097)).subarray(0, 16)],
  ])('%s is malformed', (_name, bytes) => {
    expect(parseProxyHeader(bytes)).toEqual({ kind: 'malformed' });
  });
});

test('one client has one spelling', () => {
  const same = ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:0db8::0001'];
  expect(new Set(same.map(canonicalAddress))).toEqual(new Set(['2001:db8::1']));
  expect(canonicalAddress('::ffff:c000:0201')).toBe('192.0.2.1');
});
