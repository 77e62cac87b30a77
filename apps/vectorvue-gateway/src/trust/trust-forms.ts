import { isKid } from '@nyxera/federation-protocol';
import { refuse } from './trust-change.ts';
import { GATEWAY_OWNER } from './trust-snapshot.ts';

/** PROTOCOL.md section 2: 1..128 visible ASCII. */
const IDENTITY = /^[\x21-\x7e]{1,128}$/;
const HEX_SHA256 = /^[0-9a-f]{64}$/;
/** What a pipeline yields whose file was not there. */
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const TENANT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An identity in the form of the header; a name that begins with `@` is kept for the gateway itself. */
export function requireIdentity(identity: string): string {
  if (!IDENTITY.test(identity)) {
    refuse('identity_invalid', 'an identity is 1 to 128 visible ASCII characters without spaces');
  }
  if (identity.startsWith(GATEWAY_OWNER[0] ?? '@')) {
    refuse('identity_invalid', 'names that begin with @ are kept for the gateway itself');
  }
  return identity;
}

/** A pin, lower case. The forms that people paste are named: colons, and a hash of another length. */
export function requirePin(sha256: string): string {
  const pin = sha256.trim().toLowerCase();
  if (pin.includes(':'))
    refuse('pin_invalid', 'write the certificate SHA-256 as 64 hex digits without colons');
  if (!HEX_SHA256.test(pin)) {
    refuse('pin_invalid', `a pin is the SHA-256 of the DER certificate: 64 hex digits, not ${pin.length}`);
  }
  if (pin === SHA256_OF_NOTHING) {
    refuse('pin_invalid', 'this is the SHA-256 of nothing: the certificate was not read');
  }
  return pin;
}

/**
 * A SPIFFE name of a workload, exactly as certificates hold it: lower-case trust domain, a path without empty, `.` or
 * `..` segments, no query, no fragment, no trailing slash (SPIFFE-ID, section 2); at most 2048 bytes.
 */
export function requireSpiffeId(text: string): string {
  const form = /^spiffe:\/\/[a-z0-9._-]{1,255}((?:\/[A-Za-z0-9._-]+)+)$/.exec(text);
  const segments = form?.[1]?.split('/') ?? [];
  if (form === null || text.length > 2048 || segments.includes('.') || segments.includes('..')) {
    refuse(
      'spiffe_invalid',
      'write a SPIFFE name as spiffe://trust-domain/path, exactly as the certificate holds it',
    );
  }
  return text;
}

/** An operator id: 1..128 code points (PROTOCOL.md section 7). */
export function requireOperator(operatorId: string): string {
  const width = [...operatorId].length;
  if (width < 1 || width > 128 || /\p{Surrogate}/u.test(operatorId) || operatorId.includes('\0')) {
    refuse('operator_invalid', 'an operator id has 1 to 128 characters');
  }
  return operatorId;
}

/** A tenant id, lower case. */
export function requireTenant(tenantId: string): string {
  const tenant = tenantId.toLowerCase();
  if (!TENANT.test(tenant)) {
    refuse('tenant_invalid', 'a tenant id has the form 8-4-4-4-12 hex digits');
  }
  return tenant;
}

/** A kid name: `[A-Za-z0-9._-]{1,64}`. */
export function requireKid(kid: string): string {
  if (!isKid(kid)) refuse('kid_invalid', 'a kid is 1 to 64 characters of A-Z a-z 0-9 . _ -');
  return kid;
}

export function requireValidity(notBefore: Date | null, notAfter: Date | null): void {
  if (notBefore !== null && notAfter !== null && notAfter.getTime() <= notBefore.getTime()) {
    refuse('validity_invalid', 'the validity ends before it begins');
  }
}

/** Sorted and without repetitions, so that equal limits are equal lists; null stays null. */
export function sortedList(values: readonly string[] | null): readonly string[] | null {
  return values === null ? null : [...new Set(values)].sort();
}

export function sameList(left: readonly string[] | null, right: readonly string[] | null): boolean {
  if (left === null || right === null) return left === right;
  return JSON.stringify(sortedList(left)) === JSON.stringify(sortedList(right));
}
