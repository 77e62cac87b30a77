import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shorten, writeJson } from '../../src/forward/write-json.ts';
import {
  FACILITIES,
  type Facility,
  frameSyslog,
  SEVERITY,
  type SyslogMessage,
  writeSyslog,
} from '../../src/forward/write-syslog.ts';
import { LEVELS } from '../../src/security/security-events.ts';

/** RFC 5424 section 6, read strictly and by a grammar that shares nothing with the writer. */
function parse(text: string) {
  const header =
    /^<(\d{1,3})>1 (\S+) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) (-|[\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) /.exec(
      text,
    );
  if (header === null) throw new Error(`no header: ${text}`);
  let at = header[0].length;
  if (text[at] !== '[') throw new Error('no structured data');
  const id = /^\[([^\s=\]"]{1,32})/.exec(text.slice(at))?.[1];
  if (id === undefined) throw new Error('no SD-ID');
  at += id.length + 1;
  const params: [string, string][] = [];
  while (text[at] === ' ') {
    const name = /^ ([^\s=\]"]{1,32})="/.exec(text.slice(at));
    if (name === null) throw new Error('no SD-PARAM');
    at += name[0].length;
    let value = '';
    while (text[at] !== '"') {
      if (text[at] === '\\' && /["\\\]]/.test(text[at + 1] ?? '')) at += 1;
      else if (text[at] === ']' || at >= text.length) throw new Error('an unescaped ] in a value');
      value += text[at];
      at += 1;
    }
    at += 1;
    params.push([name[1] ?? '', value]);
  }
  if (text.slice(at, at + 2) !== '] ') throw new Error('structured data does not end');
  return {
    priority: Number(header[1]),
    time: header[2],
    hostname: header[3],
    appName: header[4],
    msgId: header[6],
    id,
    params,
    message: text.slice(at + 2),
  };
}

const NASTY = [
  '"',
  ']',
  '\\',
  '\n',
  '\r',
  '\u0000',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u2028',
  '\ud800',
  '[',
  ' ',
  '=',
  '<13>1 ',
  '💥',
  'ü',
];
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 30 }).map((parts) => parts.join('')),
);

const messages: fc.Arbitrary<SyslogMessage> = fc.record({
  facility: fc.constantFrom(...(Object.keys(FACILITIES) as Facility[])),
  level: fc.constantFrom(...LEVELS),
  time: fc.date({ min: new Date('1970-01-01'), max: new Date('2999-01-01'), noInvalidDate: true }),
  hostname: nasty,
  appName: nasty,
  msgId: nasty,
  sdId: fc.constant('vectorvue@32473'),
  sdParams: fc.array(fc.tuple(fc.constantFrom('id', 'seq', 'actor'), nasty), { maxLength: 5 }),
  message: fc.dictionary(nasty, nasty).map((record) => writeJson(record)),
});

describe('an RFC 5424 message', () => {
  test('is read back as what was written', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const read = parse(writeSyslog(message));
        expect(read.priority).toBe(FACILITIES[message.facility] * 8 + SEVERITY[message.level]);
        expect(read.time).toBe(message.time.toISOString());
        expect(read.message).toBe(message.message);
        expect(read.params).toEqual(
          message.sdParams.map(([name, value]) => [
            name,
            value.replace(/\p{Cs}/gu, '\ufffd').replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\ufffd'),
          ]),
        );
      }),
    );
  });

  test('is one line, whatever is in it', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(writeSyslog({ ...message, message: `${message.message}\n<13>1 forged\u2028` })).not.toMatch(
          /[\p{Cc}\p{Zl}\p{Zp}]/u,
        );
      }),
    );
  });

  test('is framed by its length in octets, and so several of them are told apart', () => {
    fc.assert(
      fc.property(fc.array(messages, { minLength: 1, maxLength: 4 }), (several) => {
        const texts = several.map(writeSyslog);
        const stream = Buffer.concat(texts.map(frameSyslog));
        const found: string[] = [];
        for (let at = 0; at < stream.length; ) {
          const space = stream.indexOf(0x20, at);
          const length = Number(stream.toString('ascii', at, space));
          found.push(stream.toString('utf8', space + 1, space + 1 + length));
          at = space + 1 + length;
        }
        expect(found).toEqual(texts);
      }),
    );
  });
});

/** Lone surrogates as U+FFFD, everywhere. */
function wellFormedValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\p{Cs}/gu, '\ufffd');
  if (Array.isArray(value)) return value.map(wellFormedValue);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [wellFormedValue(key), wellFormedValue(member)]),
  );
}

describe('a record as JSON', () => {
  const json = fc.jsonValue().map((value) => ({ value }) as Parameters<typeof writeJson>[0]);

  test('is printable ASCII, and the same value', () => {
    fc.assert(
      fc.property(json, nasty, (record, text) => {
        const written = writeJson({ ...record, text });
        expect(written).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(written)).toEqual(wellFormedValue({ ...record, text }));
      }),
    );
  });

  test('fits when it is shortened, keeps its short members, and says that it was', () => {
    const mark = (record: Parameters<typeof writeJson>[0], bytes: number) => ({ ...record, cut: bytes });
    fc.assert(
      fc.property(
        nasty,
        fc.integer({ min: 1, max: 40_000 }),
        fc.integer({ min: 1_024, max: 9_000 }),
        (unit, times, limit) => {
          const record = {
            id: 'a'.repeat(64),
            nested: { long: `${unit}x`.repeat(times).slice(0, 200_000) },
            list: [unit, 1, null],
          };
          const { json: short, text } = shorten(record, limit, mark);
          expect(JSON.parse(text)).toMatchObject({
            id: record.id,
            list: [wellFormedValue(unit), 1, null],
          });
          const whole = writeJson(record).length;
          if (whole <= limit) expect(text).toBe(writeJson(record));
          else {
            expect(text.length).toBeLessThanOrEqual(limit);
            expect(short).toMatchObject({ cut: whole });
          }
          expect(record.nested.long.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
