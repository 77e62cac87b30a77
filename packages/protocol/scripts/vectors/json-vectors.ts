import { canonicalizeCompat, canonicalizeJcs, type JsonValue, parseStrictJson } from '../../dist/index.js';

/** Texts, by what they are about. Those that are not UTF-8 follow as bytes. */
const TEXTS: Readonly<Record<string, string>> = {
  'every kind of value': '{"a":[null,true,false,"x",1,1.5,{}],"b":{}}',
  'members in the wrong order': '{"b":1,"a":2}',
  'white space': '{ "a": 1 }',
  'minus zero, integer': '[-0]',
  'minus zero, double': '[-0.0]',
  'one and one point zero': '[1,1.0]',
  'an integer beyond 2^53': '[9007199254740993]',
  'an integer of 400 digits': `[${'9'.repeat(400)}]`,
  'doubles at the edges of positional notation': '[0.0001,1e-05,1000000000000000.0,1e+16]',
  'doubles as RFC 8785 writes them': '[0.0001,0.00001,1e-7,10000000000000000,1e+21]',
  'the smallest and the largest double': '[5e-324,1.7976931348623157e+308]',
  'an exponent in capitals': '[1E5]',
  underflow: '[1e-400]',
  'non-ASCII as it is': '{"é":"\u007f😀"}',
  'non-ASCII escaped': '{"\\u00e9":"\\u007f\\ud83d\\ude00"}',
  'escapes in capitals': '["\\u00E9"]',
  'an escaped solidus': '["\\/"]',
  'every short escape': '["\\b\\t\\n\\f\\r\\"\\\\"]',
  'short escapes written long': '["\\u0008"]',
  'astral names in the order of UTF-16': '{"😀":1,"\ue000":2}',
  'astral names in the order of code points': '{"\\ue000":1,"\\ud83d\\ude00":2}',
  '__proto__ is a name like any other': '{"__proto__":{"a":1},"constructor":2}',
  'depth 64': '['.repeat(64) + ']'.repeat(64),
  'depth 65': '['.repeat(65) + ']'.repeat(65),
  'an integer of 401 digits': `[${'9'.repeat(401)}]`,
  nothing: '',
  'a byte order mark': '\ufeff{}',
  'a duplicate name': '{"a":1,"a":2}',
  'a duplicate name in another spelling': '{"a":1,"\\u0061":2}',
  NaN: '[NaN]',
  overflow: '[1e400]',
  'a leading zero': '[01]',
  'a trailing dot': '[1.]',
  'a trailing comma': '[1,]',
  'something after the value': '{"a":1}x',
  'a lone high surrogate': '"\\ud800"',
  'a lone low surrogate': '"\\udc00"',
  'a raw control character': '"\u0001"',
};

const BYTES: Readonly<Record<string, string>> = {
  'an overlong encoding': '22c0af22',
  'a surrogate in CESU-8': '22eda08022',
  'a sequence cut short': '22e28222',
  'beyond U+10FFFF': '22f490808022',
  'UTF-16': '7b007d00',
};

export function jsonVectors(): object {
  const inputs = [
    ...Object.entries(TEXTS).map(([about, text]) => [about, new TextEncoder().encode(text)] as const),
    ...Object.entries(BYTES).map(
      ([about, hex]) => [about, Uint8Array.from(Buffer.from(hex, 'hex'))] as const,
    ),
  ];
  return {
    about:
      'PROTOCOL.md sections 5 and 10. input is base64 of the bytes. Rejected ones have a code; the others say whether the bytes are canonical, and what the canonical forms are (null: there is none).',
    cases: inputs.map(([about, bytes]) => jsonCase(about, bytes)),
  };
}

function jsonCase(about: string, bytes: Uint8Array): object {
  const input = Buffer.from(bytes).toString('base64');
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) {
    return { about, input, code: parsed.code };
  }
  const { value, compat, jcs } = parsed;
  return {
    about,
    input,
    is_compat: compat,
    is_jcs: jcs,
    compat: canonicalizeCompat(value),
    jcs: jcsOrNull(value),
  };
}

function jcsOrNull(value: JsonValue): string | null {
  try {
    return canonicalizeJcs(value);
  } catch {
    return null;
  }
}
