import { KEY_PURPOSES, type KeyPurpose, type PublicJwk } from '@nyxera/federation-protocol';
import { Option } from 'commander';
import { z } from 'zod';
import { type ListedKey, listKeys } from '../../store/read/list-trust.ts';
import { GATEWAY_OWNER } from '../../trust/trust-snapshot.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given, requireTenantForm } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { isForTenant, publicJwk } from '../public-jwk.ts';

const input = z.strictObject({
  identity: z.string().max(256).optional(),
  purpose: z.enum(KEY_PURPOSES).optional(),
  tenant: z.string().max(64).optional(),
});

export const keyExport = storeCommand({
  name: 'key export',
  readOnly: true,
  input,
  register: (program, submit) => {
    defineCommand(program, 'key export', {
      summary: 'public keys as a JWK Set, for a peer that exchanges keys by file',
      example: 'key export --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --out feedback-keys.jwks.json',
      notes:
        'Pending keys are in it, so that the peer knows them before they sign; revoked ones are not. With --tenant: the keys of that tenant and the general ones, and no word of other tenants.',
    })
      .option('--identity <name>', `keys of this owner (default: ${GATEWAY_OWNER})`)
      .addOption(
        new Option('--purpose <purpose>', 'keys for this purpose (default of @gateway: feedback)').choices(
          KEY_PURPOSES,
        ),
      )
      .option('--tenant <id>', 'for this tenant')
      .option('--out <file>', 'write it here, which must not exist yet (default: stdout)')
      .action((options) => {
        const { out: _, ...asked } = options;
        return submit('key export', given(asked), options);
      });
  },
  run: async (context, { identity = GATEWAY_OWNER, purpose, tenant }) => {
    const tenantId = tenant === undefined ? null : requireTenantForm(tenant);
    const wanted = purpose ?? (identity === GATEWAY_OWNER ? 'feedback' : null);
    const rows = (await listKeys(context.db, { owner: identity, purpose: wanted })).filter(
      (row) => row.state !== 'revoked' && (tenantId === null || isForTenant(row, tenantId)),
    );
    const keys = oneOfEach(rows).flatMap(([row, purposes]) => publicJwk(row, purposes, tenantId) ?? []);
    if (keys.length === 0)
      throw new CommandRefused('key_unknown', 'no such key that is not revoked; see key list');
    return {
      json: { keys: keys.map((key): { readonly [member: string]: never } => ({ ...key }) as never) },
      lines: [`${keys.length} public key(s) of ${identity}`],
      exitCode: EXIT.ok,
      file: `${JSON.stringify({ keys: keys satisfies readonly PublicJwk[] }, null, 2)}\n`,
    };
  },
});

/** A set holds each kid once: telemetry and evidence of one key are one entry with two purposes. */
function oneOfEach(rows: readonly ListedKey[]): readonly (readonly [ListedKey, readonly KeyPurpose[]])[] {
  const found = new Map<string, [ListedKey, KeyPurpose[]]>();
  for (const row of rows) {
    const present = found.get(row.kid);
    if (present === undefined) found.set(row.kid, [row, [row.purpose as KeyPurpose]]);
    else if (Buffer.compare(present[0].public_key, row.public_key) === 0) {
      present[1].push(row.purpose as KeyPurpose);
    } else {
      throw new CommandRefused('key_ambiguous', `${row.kid} names keys of several purposes: say --purpose`);
    }
  }
  return [...found.values()];
}
