import { importPublicKey, KEY_PURPOSES, KEY_STATES, type KeyPurpose } from '@nyxera/federation-protocol';
import { Option } from 'commander';
import { z } from 'zod';
import { GATEWAY_OWNER } from '../../trust/trust-snapshot.ts';
import { type ImportedKey, importKeys } from '../../trust/trust-store.ts';
import { authorOf, changed } from '../answer.ts';
import { CommandRefused, storeCommand, UsageError } from '../command.ts';
import { defineCommand, given, list, moment } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { readPublicKeys } from '../read-public-key.ts';

const seconds = z.number().int().min(0).max(253_402_300_799).nullable();

/** A key with what its file says; the options stand over it. */
const givenKey = z.strictObject({
  base64: z.string().max(64),
  kid: z.string().max(128).nullable(),
  purposes: z.array(z.enum(KEY_PURPOSES)).max(KEY_PURPOSES.length).nullable(),
  tenants: z.array(z.string()).max(10_000).nullable(),
  notBefore: seconds,
  notAfter: seconds,
  state: z.enum(KEY_STATES).nullable(),
});

const input = z.strictObject({
  keys: z.array(givenKey).min(1).max(256),
  identity: z.string().max(256).optional(),
  purpose: z.array(z.enum(KEY_PURPOSES)).min(1).max(2).optional(),
  kid: z.string().max(128).optional(),
  tenants: z.array(z.string()).max(10_000).optional(),
  pending: z.boolean().optional(),
  notBefore: z.iso.datetime().optional(),
  notAfter: z.iso.datetime().optional(),
  reason: z.string().max(1024).optional(),
});
type Input = z.infer<typeof input>;

function purposes(text: string): readonly string[] {
  const named = list(text);
  if (named.every((purpose) => KEY_PURPOSES.some((known) => known === purpose))) return [...new Set(named)];
  throw new UsageError(`--purpose is one of ${KEY_PURPOSES.join(', ')}, or telemetry,evidence`);
}

export const keyImport = storeCommand({
  name: 'key import',
  input,
  register: (program, submit) => {
    defineCommand(program, 'key import', {
      arguments: '<key>',
      summary: 'import public keys: base64, or a file with base64, 32 raw bytes, PEM, a JWK or a JWK Set',
      example: 'key import telemetry.pub.pem --identity spectrastrike-agent-01 --purpose telemetry,evidence',
      notes:
        'One key serves one purpose, except telemetry and evidence. Feedback and audit keys belong to the gateway and need no --identity. Of a JWK the purpose, tenants and validity are taken, unless an option says otherwise; a key that its owner calls pending is active here, so that it verifies when he switches (--pending: not yet). All keys of a set are imported, or none; those that are here already stay as they are.',
    })
      .option('--identity <name>', 'the declared identity that owns the keys')
      .addOption(
        new Option(
          '--purpose <purposes>',
          `${KEY_PURPOSES.join(', ')} (default: what the JWK says)`,
        ).argParser(purposes),
      )
      .option('--kid <name>', 'configured name (default: the kid of the JWK, else the RFC 7638 thumbprint)')
      .option('--tenants <ids>', 'the tenants that the keys may vouch for (default: all)', list)
      .option('--pending', 'import without activating')
      .option('--not-before <time>', 'valid from', moment)
      .option('--not-after <time>', 'valid until', moment)
      .option('--reason <text>', 'why; goes to the audit log')
      .action((source: string, options) => {
        const keys = readPublicKeys(source).map((key) => ({ ...key }));
        return submit('key import', { keys, ...given(options) }, options);
      });
  },
  run: async (context, request) => {
    if (request.kid !== undefined && request.keys.length > 1) {
      throw new UsageError('--kid names one key, and the set holds several');
    }
    const imports = request.keys.map((key) => toImport(key, request));
    const added = changed(await importKeys(context.db, authorOf(context, request.reason), imports));
    const keys = imports.map(({ owner, purposes: named, kid, key, state }, at) => ({
      owner,
      purposes: named,
      kid,
      thumbprint: key.kid,
      state,
      added: added[at] === true,
    }));
    return {
      // One key is the usual case, and is told as it always was.
      json: { ok: true, ...(keys.length === 1 ? keys[0] : {}), keys },
      lines: keys.map((key) => {
        const what = `${key.purposes.join(' and ')} key ${key.kid} of ${key.owner}`;
        return key.added ? `imported ${what}, ${key.state}` : `${what} was here already, and stays as it is`;
      }),
      exitCode: EXIT.ok,
    };
  },
});

function toImport(entry: Input['keys'][number], request: Input): ImportedKey {
  const key = importPublicKey(entry.base64);
  if (!key.ok) throw new CommandRefused('key_invalid', key.detail);
  const kid = request.kid ?? entry.kid ?? key.value.kid;
  if (entry.state === 'revoked') {
    throw new CommandRefused(
      'key_state',
      `${kid} is revoked, as its file says; a revoked key is not imported`,
    );
  }
  const named = request.purpose ?? entry.purposes ?? [];
  if (named.length === 0) throw new UsageError('say --purpose: the file does not tell what the key is for');
  return {
    owner: request.identity ?? ownerWithoutIdentity(named),
    purposes: [...new Set(named)],
    kid,
    key: key.value,
    domain: request.tenants ?? entry.tenants,
    state: request.pending === true ? 'pending' : entry.state === 'retiring' ? 'retiring' : 'active',
    notBefore: momentOf(request.notBefore, entry.notBefore),
    notAfter: momentOf(request.notAfter, entry.notAfter),
  };
}

function momentOf(said: string | undefined, inFile: number | null): Date | null {
  if (said !== undefined) return new Date(said);
  return inFile === null ? null : new Date(inFile * 1000);
}

function ownerWithoutIdentity(named: readonly KeyPurpose[]): string {
  if (named.every((purpose) => purpose === 'feedback' || purpose === 'audit')) return GATEWAY_OWNER;
  throw new UsageError('say --identity: the key belongs to a declared identity');
}
