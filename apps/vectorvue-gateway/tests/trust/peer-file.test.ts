import { describe, expect, test } from '@jest/globals';
import { canonicalizeCompat, type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { PEER_FILE_MAX_BYTES, parsePeerFile } from '../../src/trust/peer-file.ts';
import { makeKey, makePin, TENANT_A } from './make-keys.ts';
import { peerFile } from './make-peer-file.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('peer file', () => {
  const key = makeKey();
  const good = peerFile({ key });

  test('is read, with the tenant verbatim and the pin lower case', () => {
    const parsed = parsePeerFile(
      bytes({ ...good, tenant_id: TENANT_A.toUpperCase(), certificate_sha256: makePin('x').toUpperCase() }),
    );
    expect(parsed).toMatchObject({
      ok: true,
      value: { tenantId: TENANT_A.toUpperCase(), certificateSha256: makePin('x') },
    });
    expect(parsed.ok && parsed.value.keys[0]).toMatchObject({
      kid: key.key.kid,
      purposes: ['telemetry', 'evidence'],
    });
  });

  test('the fingerprint survives re-indentation and reordering, and changes with every member', () => {
    const fingerprint = (value: unknown, indent = 0) => {
      const parsed = parsePeerFile(new TextEncoder().encode(JSON.stringify(value, null, indent)));
      return parsed.ok ? parsed.fingerprint : 'refused';
    };
    const base = fingerprint(good);
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint(Object.fromEntries(Object.entries(good).reverse()), 4)).toBe(base);
    const others = [
      { ...good, identity: 'another' },
      { ...good, operator_id: 'another' },
      { ...good, tenant_id: TENANT_A.replace('7', '8') },
      { ...good, certificate_sha256: makePin('another') },
      peerFile({ key: makeKey() }),
    ].map((value) => fingerprint(value));
    expect(new Set([base, ...others]).size).toBe(6);
  });

  const [jwk] = good.keys;
  test.each<[string, unknown, RegExp]>([
    ['no object', [], /not a JSON object/],
    ['another version', { ...good, v: 2 }, /"v" must be 1/],
    ['version as text', { ...good, v: '1' }, /"v" must be 1/],
    ['an unknown member', { ...good, admin: true }, /unknown member "admin"/],
    ['no identity', { ...good, identity: undefined }, /must be strings/],
    ['a number for the operator', { ...good, operator_id: 1 }, /must be strings/],
    ['a pin with colons', { ...good, certificate_sha256: 'aa:bb' }, /64 hex digits/],
    ['no keys', { ...good, keys: [] }, /1 to 16/],
    ['too many keys', { ...good, keys: Array(17).fill(jwk) }, /1 to 16/],
    ['keys as an object', { ...good, keys: {} }, /1 to 16/],
    ['a private key', { ...good, keys: [{ ...jwk, d: jwk?.x }] }, /private key/],
    ['an unknown member of a key', { ...good, keys: [{ ...jwk, x5c: [] }] }, /unknown member "x5c"/],
    ['an audit key', { ...good, keys: [{ ...jwk, purpose: ['audit'] }] }, /telemetry and evidence/],
    [
      'a witness key that is for something else too',
      { ...good, keys: [{ ...jwk, purpose: ['telemetry', 'witness'] }] },
      /witness alone/,
    ],
    ['a feedback key', { ...good, keys: [{ ...jwk, purpose: ['feedback'] }] }, /telemetry and evidence/],
    [
      'telemetry and feedback',
      { ...good, keys: [{ ...jwk, purpose: ['telemetry', 'feedback'] }] },
      /telemetry and evidence/,
    ],
    ['no purpose', { ...good, keys: [{ ...jwk, purpose: undefined }] }, /telemetry and evidence/],
    ['an RSA key', { ...good, keys: [{ ...jwk, kty: 'RSA' }] }, /keys\[0\]/],
    ['a placeholder key', { ...good, keys: [{ ...jwk, x: 'A'.repeat(43) }] }, /placeholder/],
    [
      'a key of small order',
      { ...good, keys: [{ ...jwk, x: Buffer.from([1, ...Array(31).fill(0)]).toString('base64url') }] },
      /small order|placeholder/,
    ],
  ])('refuses %s', (_name, value, why) => {
    const parsed = parsePeerFile(bytes(value));
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.detail).toMatch(why);
  });

  test('refuses a member that is written twice, and a file that is too large', () => {
    const twice = JSON.stringify(good).replace('"v":1', '"v":1,"identity":"other"');
    expect(parsePeerFile(new TextEncoder().encode(twice))).toMatchObject({ ok: false });
    expect(parsePeerFile(new Uint8Array(PEER_FILE_MAX_BYTES + 1))).toMatchObject({ ok: false });
  });

  test('never throws on arbitrary bytes or arbitrary JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 512 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (input) => {
          expect(typeof parsePeerFile(input).ok).toBe('boolean');
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('one changed member: either refused, or another fingerprint; and what is accepted is what was written', () => {
    const member = fc.constantFrom(
      'v',
      'identity',
      'operator_id',
      'tenant_id',
      'certificate_sha256',
      'keys',
      'extra',
    );
    const base = parsePeerFile(bytes(good));
    fc.assert(
      fc.property(member, fc.jsonValue({ maxDepth: 3 }), (name, value) => {
        const changed = { ...good, [name]: value };
        const parsed = parsePeerFile(bytes(changed));
        if (!parsed.ok) return;
        const same = text(changed) === text(good);
        expect(base.ok && parsed.fingerprint === base.fingerprint).toBe(same);
        expect(parsed.value.identity).toBe(changed.identity);
        expect(parsed.value.operatorId).toBe(changed.operator_id);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The compat form of a value as it would be read from a file. */
function text(value: unknown): string {
  const parsed = parseStrictJson(bytes(value));
  return parsed.ok ? canonicalizeCompat(parsed.value as JsonValue) : 'refused';
}
