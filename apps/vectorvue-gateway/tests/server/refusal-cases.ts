import type { WireErrorCode } from '@nyxera/federation-protocol';
import type { SendOptions } from '../support/client.ts';
import {
  type Federation,
  HASH,
  IDENTITY,
  OPERATOR,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
  type TestKey,
} from '../support/federation.ts';
import {
  bundle,
  envelope,
  graph,
  newNonce,
  nowSeconds,
  PATHS,
  type Prepared,
  payload,
  query,
  signed,
  telemetry,
  withHeader,
} from '../support/requests.ts';

export const SUSPENDED_OPERATOR = 'op-suspended';
export const SUSPENDED_TENANT = '30000000-0000-4000-8000-00000000000c';
export const LIMITED = 'limited-identity';

/** Every refusal of PROTOCOL.md section 17 that a request can get from a healthy gateway. */
export interface Case {
  readonly name: string;
  readonly code: WireErrorCode;
  readonly path?: string;
  readonly allow?: string;
  readonly make: (federation: Federation, keys: Keys) => Prepared;
  readonly options?: (federation: Federation) => SendOptions;
}

export interface Keys {
  /** May only vouch for the other tenant. */
  readonly narrow: TestKey;
  readonly stranger: TestKey;
}

const raw = (federation: Federation, text: string | Buffer): Prepared =>
  signed(federation, PATHS.telemetry, () => Buffer.from(text as string));

const changed = (changes: Record<string, unknown>, attributes: Record<string, unknown> = {}) => ({
  payload: payload(changes, attributes),
});

/** All seven inputs of a fingerprint that is not the one in execution_hash. */
const WRONG_FINGERPRINT = {
  manifest_hash: 'mh-1',
  tool_sha256: 'sha256:aa',
  policy_decision_hash: 'ph-1',
  fingerprint_timestamp: '2026-02-26T12:00:00+00:00',
};

export const CASES: readonly Case[] = [
  {
    name: 'an unknown path',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: '/internal/v1/nothing' }),
  },
  {
    name: 'a trailing slash',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: `${PATHS.telemetry}/` }),
  },
  {
    name: 'another letter case',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: '/internal/V1/telemetry' }),
  },
  {
    name: 'below the batch endpoint',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: '/internal/v1/telemetry/batch/1' }),
  },
  {
    name: 'GET',
    code: 'method_not_allowed',
    allow: 'POST',
    make: (f) => ({ ...telemetry(f), body: Buffer.alloc(0) }),
    options: () => ({ method: 'GET' }),
  },
  {
    name: 'PUT',
    code: 'method_not_allowed',
    allow: 'POST',
    make: (f) => telemetry(f),
    options: () => ({ method: 'PUT' }),
  },
  {
    name: 'OPTIONS',
    code: 'method_not_allowed',
    allow: 'POST',
    make: (f) => bundle(f),
    options: () => ({ method: 'OPTIONS' }),
  },
  {
    name: 'text/plain',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', 'text/plain'),
  },
  {
    name: 'no media type',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', null),
  },
  {
    name: 'latin-1',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', 'application/json; charset=latin1'),
  },
  {
    name: 'the media type twice',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', ['application/json', 'application/json']),
  },
  {
    name: 'gzip',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Encoding', 'gzip'),
  },
  {
    name: 'the identity encoding',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Encoding', 'identity'),
  },
  {
    name: 'an announced body over 1 MiB',
    code: 'payload_too_large',
    make: (f) => raw(f, Buffer.alloc(1_048_577, 0x20)),
  },
  { name: 'an empty body', code: 'payload_required', make: (f) => raw(f, '') },

  {
    name: 'no identity',
    code: 'missing_header',
    make: (f) => withHeader(telemetry(f), 'X-Service-Identity', null),
  },
  {
    name: 'no claimed fingerprint',
    code: 'missing_header',
    make: (f) => withHeader(telemetry(f), 'X-Client-Cert-Sha256', null),
  },
  {
    name: 'no signature',
    code: 'missing_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Signature', null),
  },
  {
    name: 'an identity with a space',
    code: 'malformed_header',
    make: (f) => telemetry(f, {}, { identity: 'a b' }),
  },
  {
    name: 'the identity twice',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Service-Identity', [IDENTITY, IDENTITY]),
  },
  {
    name: 'the nonce twice',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Nonce', [newNonce(), newNonce()]),
  },
  {
    name: 'the idempotency key twice',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'Idempotency-Key', [HASH, HASH]),
  },
  {
    name: 'the signature twice, in two letter cases',
    code: 'malformed_header',
    make: (f) => ({
      ...telemetry(f),
      headers: [...telemetry(f).headers, ['x-telemetry-SIGNATURE', 'AAAA'] as const],
    }),
  },
  {
    name: 'a fingerprint with colons',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Client-Cert-Sha256', 'AB:'.repeat(32)),
  },
  {
    name: 'a timestamp with a leading zero',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Timestamp', `0${nowSeconds()}`),
  },
  {
    name: 'a short nonce',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Nonce', 'abc'),
  },
  {
    name: 'a signature without padding',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Signature', 'A'.repeat(86)),
  },
  {
    name: 'a signature of 63 bytes',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Signature', Buffer.alloc(63).toString('base64')),
  },

  {
    name: 'an unknown identity',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { identity: 'nobody' }),
  },
  {
    name: 'an identity in another letter case',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { identity: IDENTITY.toUpperCase() }),
  },
  {
    name: 'a stolen identity header with another certificate',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f),
    options: (f) => ({ certificate: f.unpinned }),
  },
  {
    name: 'a claim that is not the certificate',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { claimedSha256: f.unpinned.sha256 }),
  },
  {
    name: 'an honest claim of an unpinned certificate',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { claimedSha256: f.unpinned.sha256 }),
    options: (f) => ({ certificate: f.unpinned }),
  },
  {
    name: 'a bundle with a stolen identity',
    code: 'peer_identity_rejected',
    make: (f) => bundle(f),
    options: (f) => ({ certificate: f.unpinned }),
  },

  {
    name: 'a timestamp of long ago',
    code: 'timestamp_out_of_window',
    make: (f) => telemetry(f, {}, { timestamp: nowSeconds() - 60 }),
  },
  {
    name: 'a timestamp of the future',
    code: 'timestamp_out_of_window',
    make: (f) => telemetry(f, {}, { timestamp: nowSeconds() + 60 }),
  },
  {
    name: 'a tampered body',
    code: 'signature_invalid',
    make: (f) => ({ ...telemetry(f), body: telemetry(f).body }),
  },
  {
    name: 'a stranger’s key',
    code: 'signature_invalid',
    make: (f, keys) => telemetry(f, {}, { key: keys.stranger }),
  },
  {
    name: 'the evidence key for telemetry',
    code: 'signature_invalid',
    make: (f) => telemetry(f, {}, { key: f.evidence }),
  },
  {
    name: 'an unknown kid',
    code: 'signature_invalid',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Key-Id', 'nobody'),
  },
  {
    name: 'the kid of another key',
    code: 'signature_invalid',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Key-Id', 'narrow'),
  },
  {
    name: 'a bundle signed by the telemetry key',
    code: 'signature_invalid',
    make: (f) => bundle(f, {}, f.telemetry),
  },

  { name: 'what is not JSON', code: 'invalid_json', make: (f) => raw(f, '{') },
  { name: 'NaN', code: 'invalid_json', make: (f) => raw(f, '{"a":NaN}') },
  { name: 'a member twice', code: 'invalid_json', make: (f) => raw(f, '{"a":1,"a":2}') },
  { name: 'a byte order mark', code: 'invalid_json', make: (f) => raw(f, '\ufeff{}') },
  { name: 'a lone surrogate', code: 'invalid_json', make: (f) => raw(f, '"\\ud800"') },
  { name: 'depth 65', code: 'invalid_json', make: (f) => raw(f, '['.repeat(65) + ']'.repeat(65)) },
  { name: 'an integer of 401 digits', code: 'invalid_json', make: (f) => raw(f, '1'.repeat(401)) },
  { name: 'something after the value', code: 'invalid_json', make: (f) => raw(f, '{}x') },
  {
    name: 'bytes that are not UTF-8',
    code: 'invalid_json',
    make: (f) => raw(f, Buffer.from([0x22, 0xff, 0x22])),
  },
  {
    name: 'white space',
    code: 'non_canonical_json',
    make: (f) => signed(f, PATHS.telemetry, (t, n) => Buffer.from(JSON.stringify(envelope(t, n), null, 1))),
  },
  {
    name: 'members out of order',
    code: 'non_canonical_json',
    make: (f) => signed(f, PATHS.telemetry, (t, n) => Buffer.from(JSON.stringify(envelope(t, n)))),
  },
  { name: 'a number written at length', code: 'non_canonical_json', make: (f) => raw(f, '{"a":1.50}') },
  { name: 'an array', code: 'schema_invalid', path: '', make: (f) => raw(f, '[]') },
  { name: 'an unknown member', code: 'schema_invalid', make: (f) => telemetry(f, { zzz: 1 }) },
  {
    name: 'a severity that is none',
    code: 'schema_invalid',
    path: '/payload/severity',
    make: (f) => telemetry(f, changed({ severity: 'worst' })),
  },
  {
    name: 'a timestamp as a string',
    code: 'schema_invalid',
    path: '/timestamp',
    make: (f) => telemetry(f, { timestamp: String(nowSeconds()) }),
  },
  {
    name: 'no attestation',
    code: 'schema_invalid',
    path: '/payload/attributes/attestation_measurement_hash',
    make: (f) => telemetry(f, changed({ attributes: {} })),
  },
  {
    name: 'a graph about a number',
    code: 'schema_invalid',
    path: '/graph/target_urn',
    make: (f) => graph(f, { graph: { target_urn: 5 } }),
  },
  { name: 'a query for 0', code: 'schema_invalid', path: '/limit', make: (f) => query(f, { limit: 0 }) },
  {
    name: 'a bundle with a separator in it',
    code: 'schema_invalid',
    path: '/bundle/operator_id',
    make: (f) => bundle(f, { operator_id: 'a|b' }),
  },
  {
    name: 'a bundle with a short nonce',
    code: 'schema_invalid',
    path: '/bundle/nonce',
    make: (f) => bundle(f, { nonce: 'short-nonce' }),
  },

  {
    name: 'another nonce in the body',
    code: 'signed_header_mismatch',
    make: (f) => telemetry(f, { nonce: newNonce() }),
  },
  {
    name: 'another timestamp in the body',
    code: 'signed_header_mismatch',
    make: (f) => telemetry(f, { timestamp: nowSeconds() - 1 }),
  },
  {
    name: 'another nonce in a query',
    code: 'signed_header_mismatch',
    make: (f) => query(f, { nonce: newNonce() }),
  },
  {
    name: 'another nonce in a graph',
    code: 'signed_header_mismatch',
    make: (f) => graph(f, { nonce: newNonce() }),
  },
  {
    name: 'metadata of another tenant',
    code: 'signed_metadata_mismatch',
    make: (f) =>
      telemetry(f, {
        signed_metadata: { operator_id: OPERATOR, tenant_id: OTHER_TENANT, campaign_id: 'cmp-001' },
      }),
  },
  {
    name: 'metadata in another letter case',
    code: 'signed_metadata_mismatch',
    make: (f) =>
      telemetry(f, {
        signed_metadata: { operator_id: OPERATOR, tenant_id: TENANT.toUpperCase(), campaign_id: 'cmp-001' },
      }),
  },

  {
    name: 'an unmapped operator',
    code: 'operator_not_mapped',
    make: (f) => telemetry(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'an unmapped operator, graph',
    code: 'operator_not_mapped',
    make: (f) => graph(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'an unmapped operator, query',
    code: 'operator_not_mapped',
    make: (f) => query(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'an unmapped operator, bundle',
    code: 'operator_not_mapped',
    make: (f) => bundle(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'a foreign tenant',
    code: 'tenant_mapping_violation',
    make: (f) => telemetry(f, { tenant_id: OTHER_TENANT }),
  },
  {
    name: 'a foreign tenant, graph',
    code: 'tenant_mapping_violation',
    make: (f) => graph(f, { tenant_id: OTHER_TENANT }),
  },
  {
    name: 'a foreign tenant, query',
    code: 'tenant_mapping_violation',
    make: (f) => query(f, { tenant_id: OTHER_TENANT }),
  },
  {
    name: 'a suspended tenant',
    code: 'tenant_mapping_violation',
    make: (f) => telemetry(f, { operator_id: SUSPENDED_OPERATOR, tenant_id: SUSPENDED_TENANT }),
  },
  {
    name: 'a suspended tenant, bundle',
    code: 'tenant_mapping_violation',
    make: (f) => bundle(f, { operator_id: SUSPENDED_OPERATOR }),
  },
  {
    name: 'a key of another domain',
    code: 'key_domain_violation',
    make: (f, keys) => telemetry(f, {}, { key: keys.narrow }),
  },
  {
    name: 'an identity that may not speak for the operator',
    code: 'operator_not_permitted',
    make: (f) =>
      telemetry(f, { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT }, { identity: LIMITED }),
  },
  {
    name: 'an identity that may not present the bundle',
    code: 'operator_not_permitted',
    make: (f) => withHeader(bundle(f, { operator_id: OTHER_OPERATOR }), 'X-Service-Identity', LIMITED),
  },

  {
    name: 'no schema version',
    code: 'schema_version_missing',
    path: '/payload/attributes/schema_version',
    make: (f) => telemetry(f, changed({}, { schema_version: undefined })),
  },
  {
    name: 'a schema version that is not allowed',
    code: 'schema_version_unsupported',
    path: '/payload/attributes/schema_version',
    make: (f) => telemetry(f, changed({}, { schema_version: '3.0' })),
  },
  {
    name: 'version 2.0 without a contract',
    code: 'contract_v2_invalid',
    make: (f) => telemetry(f, changed({}, { schema_version: '2.0' })),
  },
  {
    name: 'a fingerprint that is not that of its inputs',
    code: 'fingerprint_mismatch',
    make: (f) => telemetry(f, changed({}, { ...WRONG_FINGERPRINT, execution_fingerprint: HASH })),
  },
];
