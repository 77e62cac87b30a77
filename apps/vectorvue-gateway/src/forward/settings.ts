import { z } from 'zod';
import { AUDIT_CLASSES } from '../audit/classify.ts';
import { LEVELS } from '../security/security-events.ts';
import { FACILITIES, type Facility } from './write-syslog.ts';

/**
 * The settings file that VV_TG_FORWARD_FILE names (README.md, Forwarding). Secrets are in it only as paths. Unknown
 * members are faults: a misspelt `tenant:` must not send everybody's entries.
 */

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit');
const path = z.string().min(1).max(4096);
const host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:_-]{0,254}$/, 'must be a host name or an address');
const tenant = z
  .string()
  .regex(
    /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/,
    'must have the form 8-4-4-4-12 hex digits',
  )
  .transform((text) => text.toLowerCase());
const pin = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 of the DER certificate, 64 hex digits')
  .transform((text) => text.toLowerCase());

const filter = z.strictObject({
  tenants: z.array(tenant).min(1).optional(),
  classes: z.array(z.enum(AUDIT_CLASSES)).min(1).optional(),
  codes: z
    .array(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a code'))
    .min(1)
    .optional(),
  min_level: z.enum(LEVELS).optional(),
});

const tls = z.strictObject({
  /** PEM; absent: the system's certificate authorities. */
  ca_file: path.optional(),
  /** Of the receiver's own certificate, besides chain and name; any one of them. */
  pins: z.array(pin).min(1).optional(),
  /** The name that the certificate must bear, where it is not the host's. */
  server_name: host.optional(),
  /** What we present, where the receiver asks for a certificate. Both or none. */
  cert_file: path.optional(),
  key_file: path.optional(),
  min_version: z.enum(['1.2', '1.3']).default('1.2'),
});

/** Milliseconds. */
const retry = z
  .strictObject({
    min_ms: z.int().min(10).max(3_600_000).default(1_000),
    max_ms: z.int().min(10).max(3_600_000).default(300_000),
  })
  .refine((value) => value.min_ms <= value.max_ms, 'min_ms must not be above max_ms')
  .prefault({});

const common = {
  name,
  format: z.enum(['ocsf', 'entry']).default('ocsf'),
  filter: filter.prefault({}),
  /** Where a destination that is new begins: at the first entry of the log, or at its end. */
  start: z.enum(['beginning', 'end']).default('beginning'),
  retry,
};

/** Most records, and bytes (one record may be larger by itself), that are handed on at once. */
const batch = (bytes: number) =>
  z
    .strictObject({
      max_records: z.int().min(1).max(5_000).default(500),
      max_bytes: z.int().min(1024).max(16_777_216).default(bytes),
    })
    .prefault({});

const timeout = z.number().min(0.1).max(600).default(30);

const syslog = z.strictObject({
  ...common,
  type: z.literal('syslog'),
  host,
  port: z.int().min(1).max(65_535).default(6514),
  tls: tls.prefault({}),
  facility: z.enum(Object.keys(FACILITIES) as [Facility, ...Facility[]]).default('audit'),
  /** HOSTNAME of the messages; absent: this machine's. */
  hostname: host.optional(),
  app_name: z
    .string()
    .regex(/^[\x21-\x7e]{1,48}$/)
    .default('vectorvue-gateway'),
  /** Private enterprise number of the structured data's name; 32473 is IANA's number for examples (RFC 5612). */
  enterprise_number: z.int().min(1).max(4_294_967_295).default(32_473),
  /** Octets of one message, without its frame. A longer one is shortened and says so. */
  max_message_bytes: z.int().min(4_096).max(1_048_576).default(8_192),
  /** Take only an end with TLS's close_notify for a confirmation. */
  require_close_notify: z.boolean().default(false),
  /** How long messages may be unconfirmed on an open connection, seconds. */
  confirm_seconds: z.number().min(0.1).max(300).default(2),
  batch: batch(1_048_576),
  timeout_seconds: timeout,
});

const http = z.strictObject({
  ...common,
  type: z.literal('http'),
  url: z
    .url()
    .refine(isAcceptableUrl, 'must be https:, or http: to a loopback address, without user and password'),
  /** `webhook`: one JSON object with the records; `ndjson`: a record a line; `hec`: Splunk's HTTP event collector. */
  shape: z.enum(['webhook', 'ndjson', 'hec']).default('webhook'),
  /** The file holds the whole value of the Authorization header. */
  authorization_file: path.optional(),
  /** Signs every body (Standard Webhooks): a file with `whsec_` and base64, or an Ed25519 key. */
  sign: z
    .union([z.strictObject({ hmac_secret_file: path }), z.strictObject({ ed25519_key: path })])
    .optional(),
  /** Of HEC records. */
  hec: z
    .strictObject({
      index: z.string().min(1).max(256).optional(),
      source: z.string().min(1).max(256).default('vectorvue-gateway'),
      sourcetype: z.string().min(1).max(256).optional(),
      host: host.optional(),
    })
    .optional(),
  tls: tls.prefault({}),
  batch: batch(524_288),
  timeout_seconds: timeout,
});

const file = z.strictObject({
  ...common,
  type: z.literal('file'),
  path,
  /** A file at least this large, or this old, is put aside before the next batch. It is never removed by us. */
  rotate: z
    .strictObject({
      max_bytes: z.int().min(4_096).max(1_099_511_627_776).default(104_857_600),
      max_age_seconds: z.int().min(1).max(31_536_000).default(86_400),
    })
    .prefault({}),
  batch: batch(1_048_576),
});

export const forwardFile = z
  .strictObject({
    version: z.literal(1),
    destinations: z.array(z.discriminatedUnion('type', [syslog, http, file])).max(64),
  })
  .superRefine((settings, context) => {
    const seen = new Set<string>();
    for (const [index, destination] of settings.destinations.entries()) {
      const at = (member: string, message: string): void =>
        context.addIssue({ code: 'custom', path: ['destinations', index, member], message });
      if (seen.has(destination.name)) at('name', 'is used by another destination');
      seen.add(destination.name);
      if (destination.type === 'http' && destination.hec !== undefined && destination.shape !== 'hec') {
        at('hec', 'is only for shape hec');
      }
      if (destination.type !== 'file') {
        const { cert_file: cert, key_file: key } = destination.tls;
        if ((cert === undefined) !== (key === undefined)) at('tls', 'cert_file and key_file go together');
      }
    }
  });

export type DestinationSettings = z.infer<typeof forwardFile>['destinations'][number];
export type SyslogSettings = z.infer<typeof syslog>;
export type HttpSettings = z.infer<typeof http>;
export type FileSettings = z.infer<typeof file>;
export type TlsSettings = z.infer<typeof tls>;
export type HecSettings = NonNullable<HttpSettings['hec']>;

/** Plain HTTP shows everything to whoever is in between; on this machine nobody is. */
function isAcceptableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
}
