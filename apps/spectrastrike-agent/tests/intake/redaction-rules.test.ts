import { describe, expect, it } from '@jest/globals';
import { buildEvents, loadRedactionRules, mappingVersion } from '../../src/intake/index.ts';
import { bytesOf, CONTEXT } from './context.ts';

const RULES = `
version: 1
names: [{ name: employee-number, kind: employee }]
patterns:
  - { kind: case-number, pattern: 'CASE-[0-9]{6}' }
  - { kind: customer, pattern: 'customer=([a-z]+)', group: 1, ignore_case: true }
`;

const REPORT = bytesOf(
  '{"template-id":"x","info":{"name":"CASE-123456 of CUSTOMER=acme","metadata":{"employeeNumber":4711}},"host":"case-123456.example"}',
);

function build(rules: string | null) {
  const loaded = rules === null ? null : loadRedactionRules(bytesOf(rules));
  if (loaded !== null && !loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const redaction = loaded?.value;
  return buildEvents(
    { name: 'r', bytes: REPORT },
    {
      ...CONTEXT,
      mappingVersion: mappingVersion({ mapping: null, redaction: redaction?.sha256 ?? null }),
      ...(redaction === undefined ? {} : { redaction }),
    },
  );
}

describe("redaction rules of one's own", () => {
  it('add to the built-in ones, are counted, and make the report another one', () => {
    const [without, with_] = [build(null), build(RULES)];
    const text = JSON.stringify(with_.events[0]?.payload);
    expect(with_.redactions).toEqual({ 'case-number': 2, customer: 2, employee: 1 });
    expect(text).toContain('[redacted:case-number] of CUSTOMER=[redacted:customer]');
    expect(text).not.toMatch(/CASE-123456|acme|4711/);
    expect(with_.events[0]?.eventId).not.toBe(without.events[0]?.eventId);
    expect(with_.events[0]?.payload.attributes).toMatchObject({
      mapping_version: expect.stringMatching(/^[0-9]+\+redact\.[0-9a-f]{16}$/),
    });
  });

  it.each([
    ['version: 2', 'version'],
    ['version: 1\nnames: [{ name: "--", kind: x }]', 'names/0/name'],
    ['version: 1\npatterns: [{ kind: x, pattern: "(a)\\\\1" }]', 'patterns/0/pattern'],
    ['version: 1\npatterns: [{ kind: x, pattern: "a*" }]', 'patterns/0/pattern'],
    ['version: 1\npatterns: [{ kind: x, pattern: "a", group: 1 }]', 'patterns/0/group'],
    ['version: 1\npatterns: [{ kind: X, pattern: "a" }]', 'patterns/0/kind'],
    ['version: 1\nrules: []', ''],
  ])('are refused with the place of the fault: %j', (yaml, path) => {
    expect(loadRedactionRules(bytesOf(yaml))).toMatchObject({ ok: false, faults: [{ path }] });
  });

  it('a pattern that would backtrack for ever elsewhere ends', () => {
    const loaded = loadRedactionRules(bytesOf('version: 1\npatterns: [{ kind: x, pattern: "(a|aa)+$" }]'));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const [find] = loaded.value.finders;
    expect([...(find?.(`${'a'.repeat(20_000)}!`) ?? [])]).toEqual([]);
    const many = loadRedactionRules(bytesOf('version: 1\npatterns: [{ kind: x, pattern: "b" }]'));
    const text = `${'a'.repeat(8_000_000)}${'b'.repeat(40)}secret`;
    const spans = many.ok ? [...(many.value.finders[0]?.(text) ?? [])] : [];
    expect([spans.length, spans.at(-1)?.end]).toEqual([25, text.length]);
  });
});
