import type { Random } from '../random.ts';
import type { Wire } from './draft.ts';

/** The bytes of a connection for one request, and what the sender does around them. */
export interface Layout {
  /** Written one after the other, each in a write of its own. */
  readonly pieces: readonly Buffer[];
  /** How many final answers are to be read. */
  readonly answers: number;
  /** The connection cannot be used again, whatever the gateway says. */
  readonly disposable: boolean;
  /** Half-close after the last piece: a body that was announced and does not come. */
  readonly end: boolean;
}

const MAX_BODY = 1_048_576;
const MAX_BATCH = 8 * MAX_BODY;

export function layOut(wire: Wire, random: Random): Layout {
  const { body, shape } = wire;
  const limit = wire.endpoint === 'batch' ? MAX_BATCH : MAX_BODY;
  const plain = { answers: 1, disposable: false, end: false };
  const whole = (extra: readonly string[], payload: Buffer = body): Buffer =>
    Buffer.concat([head(wire, extra), payload]);
  const length = `Content-Length: ${body.length}`;
  const chunked = 'Transfer-Encoding: chunked';
  switch (shape) {
    case 'chunked':
      return { ...plain, pieces: [whole([chunked], inChunks(body, random, '', ''))] };
    case 'chunk-extensions':
      return { ...plain, pieces: [whole([chunked], inChunks(body, random, ';a=b;c="d"', ''))] };
    case 'trailers':
      return {
        ...plain,
        pieces: [whole([chunked], inChunks(body, random, '', 'X-Telemetry-Nonce: trailing\r\n'))],
      };
    case 'dribble':
      return { ...plain, pieces: cut(whole([length]), random) };
    case 'expect':
      return { ...plain, pieces: [head(wire, [length, 'Expect: 100-continue']), body] };
    case 'pipelined':
      // What follows a request that said it is the last is no request: the gateway may cut, answered or not.
      if (wire.headers.some(([name]) => name === 'Connection'))
        return { ...plain, pieces: [whole([length])] };
      return { ...plain, pieces: [Buffer.concat([whole([length]), whole([length])])], answers: 2 };
    case 'http10':
      return { ...plain, pieces: [whole([length])], disposable: true };
    case 'short-length':
      return { ...plain, pieces: [whole([`Content-Length: ${body.length >> 1}`])], disposable: true };
    case 'long-length':
      return {
        ...plain,
        pieces: [whole([`Content-Length: ${body.length + 9}`])],
        disposable: true,
        end: true,
      };
    case 'two-lengths':
      return { ...plain, pieces: [whole([length, `Content-Length: ${body.length + 1}`])], disposable: true };
    case 'length-and-chunked':
      return {
        ...plain,
        pieces: [whole([length, chunked], inChunks(body, random, '', ''))],
        disposable: true,
      };
    case 'other-coding': {
      const coding = random.pick([
        'gzip, chunked',
        'chunked, identity',
        'xchunked',
        'identity',
        'chunked, chunked',
      ]);
      const payload = inChunks(body, random, '', '');
      return {
        ...plain,
        pieces: [whole([`Transfer-Encoding: ${coding}`], payload)],
        disposable: true,
        end: true,
      };
    }
    case 'bad-chunk-size': {
      const size = random.pick(['zz', '-1', '0x10', 'ffffffffffffffffff', ' ', '1 2']);
      return {
        ...plain,
        pieces: [whole([chunked], Buffer.from(`${size}\r\nabc\r\n0\r\n\r\n`))],
        disposable: true,
        end: true,
      };
    }
    case 'bare-line-feeds': {
      const text = head(wire, [length]).toString('latin1').replaceAll('\r\n', '\n');
      return { ...plain, pieces: [Buffer.from(text, 'latin1'), body], disposable: true, end: true };
    }
    case 'folded-header':
      return { ...plain, pieces: [whole(['X-Folded: a\r\n b', length])], disposable: true, end: true };
    case 'space-before-colon':
      return { ...plain, pieces: [whole(['X-Space : a', length])], disposable: true, end: true };
    case 'many-headers':
      return {
        ...plain,
        pieces: [whole([...Array.from({ length: 400 }, (_, i) => `X-N${i}: ${i}`), length])],
      };
    case 'huge-header':
      return { ...plain, pieces: [whole([`X-Huge: ${'h'.repeat(20_000)}`, length])], disposable: true };
    case 'oversize': {
      const huge = Buffer.concat([body, Buffer.alloc(limit + 1, 0x20)]);
      const announced = `Content-Length: ${huge.length}`;
      return { ...plain, pieces: [head(wire, [announced]), huge.subarray(0, 65_536)], disposable: true };
    }
    case 'oversize-chunked': {
      const huge = Buffer.concat([body, Buffer.alloc(limit + 1, 0x20)]);
      const payload = Buffer.concat([Buffer.from(`${huge.length.toString(16)}\r\n`), huge]);
      return { ...plain, pieces: [whole([chunked], payload)], disposable: true };
    }
    case 'empty-body':
      return { ...plain, pieces: [whole(['Content-Length: 0'], Buffer.alloc(0))] };
    case 'bad-version':
      return { ...plain, pieces: [whole([length])], disposable: true, end: true };
    case 'noise':
      return { ...plain, pieces: [random.bytes(1 + random.below(600))], disposable: true, end: true };
    case 'length':
    case 'no-host':
      return { ...plain, pieces: [whole([length])] };
  }
}

function head(wire: Wire, extra: readonly string[]): Buffer {
  const version = wire.shape === 'http10' ? '1.0' : wire.shape === 'bad-version' ? '9.9' : '1.1';
  const lines = wire.headers
    .filter(([name]) => wire.shape !== 'no-host' || name !== 'Host')
    .map(([name, value]) => `${name}: ${value}`);
  const text = `${wire.method} ${wire.target} HTTP/${version}\r\n${[...lines, ...extra].join('\r\n')}\r\n\r\n`;
  return Buffer.from(text, 'utf8');
}

function inChunks(body: Buffer, random: Random, extension: string, trailer: string): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = 1 + random.below(random.chance(0.2) ? 4 : 900);
    const chunk = body.subarray(at, at + size);
    const digits = chunk.length.toString(16);
    const spelled = random.chance(0.2) ? digits.toUpperCase().padStart(6, '0') : digits;
    pieces.push(Buffer.from(`${spelled}${extension}\r\n`), chunk, Buffer.from('\r\n'));
    at += size;
  }
  pieces.push(Buffer.from(`0\r\n${trailer}\r\n`));
  return Buffer.concat(pieces);
}

function cut(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(400);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
