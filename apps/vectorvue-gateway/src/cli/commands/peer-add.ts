import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { readPublishedLog } from '../../audit/published-log.ts';
import { listKeys } from '../../store/read/list-trust.ts';
import { addPeer } from '../../trust/add-peer.ts';
import { PEER_FILE_MAX_BYTES, type PeerFile, parsePeerFile } from '../../trust/peer-file.ts';
import { GATEWAY_OWNER } from '../../trust/trust-snapshot.ts';
import { authorOf, changed } from '../answer.ts';
import { type CommandContext, CommandRefused, type CommandResult, storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { isForTenant, publicJwk } from '../public-jwk.ts';
import { readOwnCertificate } from '../read-own-certificate.ts';

const SHA256 = z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits');

const input = z.strictObject({
  /** The file, base64. */
  file: z.base64().max(2 * PEER_FILE_MAX_BYTES),
  confirmFingerprint: z.string().max(256).optional(),
  certificateSha256: SHA256.optional(),
  extend: z.boolean().optional(),
  gatewayUrl: z
    .url({ protocol: /^https$/, error: 'must be an https: URL' })
    .max(2048)
    .optional(),
  serverCertificateSha256: z.array(SHA256).max(8),
  caPem: z.string().max(PEER_FILE_MAX_BYTES).optional(),
  reason: z.string().max(1024).optional(),
});
type Input = z.infer<typeof input>;

export const peerAdd = storeCommand({
  name: 'peer add',
  input,
  register: (program, submit, io) => {
    defineCommand(program, 'peer add', {
      arguments: '<file>',
      summary: "register an agent from its peer file, and write the file for the agent's own peer add",
      example: 'peer add peer.json --confirm-fingerprint 3f9a…c2 --out gateway-peer.json',
      notes:
        "Without --confirm-fingerprint nothing is done: it shows what would be, and the fingerprint. Compare it with the one that the agent's init printed, over another way than the file came by.",
    })
      .option('--confirm-fingerprint <hex>', 'the fingerprint, as the other side read it to you')
      .option('--certificate-sha256 <hex>', 'the pin, where the file has none')
      .option('--extend', 'add to an identity that is declared already')
      .option('--gateway-url <url>', 'the URL that the agent is to use')
      .option('--out <file>', 'write the gateway peer file here, which must not exist yet (default: stdout)')
      .option('--reason <text>', 'why; goes to the audit log')
      .action((path: string, options) => {
        const { out: _, ...rest } = given(options) as Record<string, string | boolean>;
        const own = readOwnCertificate(io.environment);
        return submit('peer add', { file: readPeerFile(path).toString('base64'), ...own, ...rest }, options);
      });
  },
  run: async (context, request) => {
    const parsed = parsePeerFile(Buffer.from(request.file, 'base64'));
    if (!parsed.ok)
      throw new CommandRefused('peer_file_invalid', `the peer file is refused: ${parsed.detail}`);
    const { value: peer, fingerprint } = parsed;
    const pin = request.certificateSha256?.toLowerCase() ?? peer.certificateSha256;
    if (pin === null) {
      throw new CommandRefused(
        'peer_certificate_missing',
        'the file names no certificate; give its SHA-256 with --certificate-sha256',
      );
    }
    if (peer.certificateSha256 !== null && peer.certificateSha256 !== pin) {
      throw new CommandRefused(
        'pin_invalid',
        '--certificate-sha256 is another certificate than the file names',
      );
    }
    const confirmed = request.confirmFingerprint;
    if (confirmed !== undefined && !sameFingerprint(confirmed, fingerprint)) {
      throw new CommandRefused(
        'fingerprint_mismatch',
        `the file has the fingerprint ${grouped(fingerprint)}, not the one that was confirmed; nothing was done`,
      );
    }
    const result = await addPeer(context.db, authorOf(context, request.reason), {
      peer,
      certificateSha256: pin,
      extend: request.extend ?? false,
      dryRun: confirmed === undefined,
    });
    if (!result.ok && result.code === 'dry_run') return preview(peer, pin, fingerprint, result.detail);
    return registered(context, request, peer, fingerprint, changed(result).changes);
  },
});

function readPeerFile(path: string): Buffer {
  try {
    if (statSync(path).size <= PEER_FILE_MAX_BYTES) return readFileSync(path);
  } catch {
    throw new CommandRefused('peer_file_invalid', 'the peer file cannot be read');
  }
  throw new CommandRefused('peer_file_invalid', `the peer file is larger than ${PEER_FILE_MAX_BYTES} bytes`);
}

/** People read fingerprints to each other in groups: blanks, colons and dashes between them do not count. */
function sameFingerprint(confirmed: string, fingerprint: string): boolean {
  const plain = confirmed.replace(/[\s:-]/g, '').toLowerCase();
  return plain.length === fingerprint.length && timingSafeEqual(Buffer.from(plain), Buffer.from(fingerprint));
}

function grouped(fingerprint: string): string {
  return fingerprint.replace(/(.{8})(?=.)/g, '$1 ');
}

function preview(peer: PeerFile, pin: string, fingerprint: string, changes: string): CommandResult {
  return {
    json: {
      ok: false,
      code: 'confirmation_required',
      fingerprint,
      would_do: changes.split(', '),
      ...describe(peer, pin),
    },
    table: {
      head: ['member', 'value'],
      rows: [
        ['identity', peer.identity],
        ['operator', peer.operatorId],
        ['tenant', peer.tenantId.toLowerCase()],
        ['certificate', pin],
        ...peer.keys.map((key) => ['key', `${key.kid} (${key.purposes.join(', ')})`]),
        ['would do', changes],
      ],
    },
    lines: [
      `fingerprint: ${grouped(fingerprint)}`,
      'Nothing was done. Compare the fingerprint with the other side, then say --confirm-fingerprint.',
    ],
    exitCode: EXIT.refused,
  };
}

function describe(peer: PeerFile, pin: string) {
  return {
    identity: peer.identity,
    operator_id: peer.operatorId,
    tenant_id: peer.tenantId.toLowerCase(),
    certificate_sha256: pin,
    keys: peer.keys.map((key) => ({ kid: key.kid, purpose: key.purposes, thumbprint: key.key.kid })),
  };
}

async function registered(
  context: CommandContext,
  request: Input,
  peer: PeerFile,
  fingerprint: string,
  changes: readonly string[],
): Promise<CommandResult> {
  const tenantId = peer.tenantId.toLowerCase();
  const keys = await listKeys(context.db, { owner: GATEWAY_OWNER, purpose: 'feedback' });
  const log = await readPublishedLog(context.db);
  const file = {
    v: 1,
    ...(log === null ? {} : { audit_log: { origin: log.origin, verifier_keys: log.verifierKeys } }),
    ...(request.gatewayUrl === undefined ? {} : { gateway_url: request.gatewayUrl }),
    server_certificate_sha256: request.serverCertificateSha256.map((sha256) => sha256.toLowerCase()),
    ...(request.caPem === undefined ? {} : { ca_pem: request.caPem }),
    feedback_keys: keys
      .filter((row) => row.state !== 'revoked' && isForTenant(row, tenantId))
      .flatMap((row) => publicJwk(row, ['feedback'], tenantId) ?? [])
      .map((jwk) => ({ ...jwk })),
    tenant_id: peer.tenantId,
    operator_id: peer.operatorId,
  };
  const answerFingerprint = createHash('sha256').update(canonicalizeCompat(file)).digest('hex');
  const warnings: string[] = [];
  if (file.feedback_keys.length === 0) {
    warnings.push(
      'warning: the gateway has no feedback key yet; the agent will not be able to verify feedback',
    );
  }
  if (log === null) {
    warnings.push(
      'note: no checkpoint of the audit log has been signed, so the file names no log that the agent could witness',
    );
  }
  if (file.server_certificate_sha256.length === 0) {
    warnings.push(
      'warning: VV_SERVICE_IDENTITY_CERT_PATH is not set here, so the file pins no server certificate',
    );
  }
  const summary =
    changes.length === 0
      ? `${peer.identity} was registered already; nothing was changed`
      : `registered ${peer.identity}: ${changes.join(', ')}`;
  return {
    json: {
      ok: true,
      fingerprint,
      changes,
      ...describe(peer, request.certificateSha256?.toLowerCase() ?? peer.certificateSha256 ?? ''),
      gateway_peer: file,
      gateway_peer_fingerprint: answerFingerprint,
    },
    lines: [summary, ...warnings, `gateway peer file, fingerprint: ${grouped(answerFingerprint)}`],
    exitCode: EXIT.ok,
    file: `${JSON.stringify(file, null, 2)}\n`,
  };
}
