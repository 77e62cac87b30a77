import { importPublicKey } from '@nyxera/federation-protocol';
import { Option } from 'commander';
import { z } from 'zod';
import { GATEWAY_OWNER } from '../../trust/trust-snapshot.ts';
import { importKey } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { CommandRefused, storeCommand, UsageError } from '../command.ts';
import { defineCommand, given, list, moment } from '../define-option.ts';
import { readPublicKey } from '../read-public-key.ts';

const PURPOSES = ['telemetry', 'evidence', 'feedback', 'audit', 'witness'] as const;

const input = z.strictObject({
  publicKey: z.string().max(64),
  identity: z.string().max(256).optional(),
  purpose: z.array(z.enum(PURPOSES)).min(1).max(2),
  kid: z.string().max(128).optional(),
  tenants: z.array(z.string()).max(10_000).optional(),
  pending: z.boolean().optional(),
  notBefore: z.iso.datetime().optional(),
  notAfter: z.iso.datetime().optional(),
  reason: z.string().max(1024).optional(),
});

function purposes(text: string): readonly string[] {
  const named = list(text);
  if (named.every((purpose) => PURPOSES.some((known) => known === purpose))) return [...new Set(named)];
  throw new UsageError(`--purpose is one of ${PURPOSES.join(', ')}, or telemetry,evidence`);
}

export const keyImport = storeCommand({
  name: 'key import',
  input,
  register: (program, submit) => {
    defineCommand(program, 'key import', {
      arguments: '<key>',
      summary: 'import a public key: base64, or a file with base64, 32 raw bytes, PEM or a JWK',
      example: 'key import telemetry.pub.pem --identity spectrastrike-agent-01 --purpose telemetry,evidence',
      notes:
        'One key serves one purpose, except telemetry and evidence. Feedback and audit keys belong to the gateway and need no --identity.',
    })
      .option('--identity <name>', 'the declared identity that owns the key')
      .addOption(
        new Option('--purpose <purposes>', PURPOSES.join(', ')).argParser(purposes).makeOptionMandatory(),
      )
      .option('--kid <name>', 'configured name (default: the kid of the JWK, else the RFC 7638 thumbprint)')
      .option('--tenants <ids>', 'the tenants that the key may vouch for (default: all)', list)
      .option('--pending', 'import without activating')
      .option('--not-before <time>', 'valid from', moment)
      .option('--not-after <time>', 'valid until', moment)
      .option('--reason <text>', 'why; goes to the audit log')
      .action((source: string, options) => {
        const { kid, base64 } = readPublicKey(source);
        return submit(
          'key import',
          { publicKey: base64, ...(kid === null ? {} : { kid }), ...given(options) },
          options,
        );
      });
  },
  run: async (context, request) => {
    const key = importPublicKey(request.publicKey);
    if (!key.ok) throw new CommandRefused('key_invalid', key.detail);
    const owner = request.identity ?? ownerWithoutIdentity(request.purpose);
    const kid = request.kid ?? key.value.kid;
    const state = request.pending === true ? 'pending' : 'active';
    changed(
      await importKey(context.db, authorOf(context, request.reason), {
        owner,
        purposes: request.purpose,
        kid,
        key: key.value,
        domain: request.tenants ?? null,
        state,
        notBefore: request.notBefore === undefined ? null : new Date(request.notBefore),
        notAfter: request.notAfter === undefined ? null : new Date(request.notAfter),
      }),
    );
    const what = `${request.purpose.join(' and ')} key ${kid} of ${owner}`;
    return done(`imported ${what}, ${state}`, {
      owner,
      purposes: request.purpose,
      kid,
      thumbprint: key.value.kid,
      state,
    });
  },
});

function ownerWithoutIdentity(named: readonly string[]): string {
  if (named.every((purpose) => purpose === 'feedback' || purpose === 'audit')) return GATEWAY_OWNER;
  throw new UsageError('say --identity: the key belongs to a declared identity');
}
