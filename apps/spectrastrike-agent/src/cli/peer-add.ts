import { join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import type { Result } from '@nyxera/federation-protocol';
import { AUDIT_LOG_KEY } from '../config/audit-log-settings.ts';
import { appendSecurityEntry } from '../security-log.ts';
import type { State } from '../state/open-state.ts';
import { writeFileDurably } from '../trust/durable-file.ts';
import { setEnvironmentLines } from '../trust/environment-lines.ts';
import { type GatewayPeer, parseGatewayPeerFile } from '../trust/gateway-peer-file.ts';
import { groupFingerprint, parseFingerprintText, peerFingerprint } from '../trust/peer-fingerprint.ts';
import { type StoreKeyOutcome, storeTrustedKey } from '../trust/trusted-keys.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, optionText } from './command.ts';
import { facts, table, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { ENVIRONMENT_FILE, readTextOrEmpty } from './init.ts';
import { readExpectedPeer } from './init-settings.ts';
import { readFileLimited } from './read-input.ts';
import { stateConfig, withState } from './with-state.ts';

/** A peer file is a few kilobytes; a CA chain may make it larger. */
const PEER_FILE_LIMIT = 256 * 1024;

/** `peer add`: takes the gateway's answer; nothing is believed before a person confirmed its fingerprint. */
export const peerAdd: CommandSpec = {
  name: 'add',
  arguments: '<file>',
  summary: "Take a gateway's peer file: its feedback keys, pins, CA and audit log",
  options: [
    {
      flags: '--confirm-fingerprint <hex>',
      description: 'the fingerprint that the gateway printed, heard over another channel',
    },
  ],
  examples: [
    'peer add gateway-peer.json --confirm-fingerprint 0f2c9b1e4d5a68730f2c9b1e4d5a68730f2c9b1e4d5a68730f2c9b1e4d5a6873',
  ],
  run: async (context, args, options) => {
    const config = await stateConfig(context);
    const file = args[0] ?? '';
    const peer = await readPeer(file);
    const fingerprint = peerFingerprint(peer.document);
    const confirmed = optionText(options, 'confirmFingerprint');
    if (confirmed === null) {
      return {
        blocks: [
          facts(['fingerprint', groupFingerprint(fingerprint)]),
          text(
            `Nothing was taken. Compare it with what the gateway printed, then run:\n  spectrastrike-agent peer add ${file} --confirm-fingerprint ${fingerprint}`,
          ),
        ],
        json: [{ taken: false, fingerprint }],
        exitCode: EXIT_UNFINISHED,
      };
    }
    if (parseFingerprintText(confirmed) === null) {
      throw new CliFault(EXIT_USAGE, '--confirm-fingerprint takes 64 hex digits');
    }
    return withState(context, config, (state) => {
      const refusal = refuse(context, state, peer, fingerprint, confirmed);
      if (refusal !== null) throw new CliFault(EXIT_UNFINISHED, refusal);
      const outcomes = takeKeys(context, state, peer, `peer file ${fingerprint.slice(0, 16)}`);
      const written = writeSettings(config.dataDir, peer, Buffer.from(context.random(6)).toString('hex'));
      return {
        blocks: [
          table(
            ['kid', 'tenant', 'state', 'outcome'],
            outcomes.map(({ kid, state: keyState, outcome }) => [kid, peer.tenantId, keyState, outcome]),
          ),
          facts(
            ['gateway', peer.gatewayUrl ?? '(not named: set VECTORVUE_FEDERATION_URL)'],
            ['server pins', peer.serverCertificateSha256.join(' ') || '(none)'],
            ['audit log', peer.auditLog?.origin ?? '(none: it cannot be witnessed)'],
            ['settings', written],
          ),
          text(
            `\nNext:\n  export SPECTRASTRIKE_CONFIG_FILE=${written}\n  spectrastrike-agent doctor\n  spectrastrike-agent send <report>`,
          ),
        ],
        json: [
          {
            taken: true,
            fingerprint,
            tenant_id: peer.tenantId,
            gateway_url: peer.gatewayUrl,
            audit_log: peer.auditLog?.origin ?? null,
            keys: outcomes.map(({ kid, state: keyState, outcome }) => ({ kid, state: keyState, outcome })),
            settings_file: written,
          },
        ],
        exitCode: EXIT_OK,
      };
    });
  },
};

async function readPeer(file: string): Promise<GatewayPeer> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readFileLimited(file, PEER_FILE_LIMIT);
  } catch (error) {
    throw new CliFault(EXIT_FAULT, `${file} cannot be read (${errnoCode(error) ?? 'unknown error'})`);
  }
  const parsed: Result<GatewayPeer> =
    bytes === null
      ? { ok: false, code: 'payload_too_large', detail: `is larger than ${PEER_FILE_LIMIT} bytes` }
      : parseGatewayPeerFile(bytes);
  if (parsed.ok) return parsed.value;
  const at = parsed.path === undefined || parsed.path === '' ? '' : ` at ${parsed.path}`;
  throw new CliFault(EXIT_UNFINISHED, `${file} is refused: ${parsed.code}${at}: ${parsed.detail}`);
}

/** Why the file is not taken, logged; null where it may be. */
function refuse(
  context: CliContext,
  state: State,
  peer: GatewayPeer,
  fingerprint: string,
  confirmed: string,
): string | null {
  const expected = readExpectedPeer(context.environment);
  let code: string;
  let detail: string;
  if (parseFingerprintText(confirmed) !== fingerprint) {
    code = 'key_invalid';
    detail = `the file's fingerprint is ${fingerprint}, not the confirmed one: somebody may have changed it`;
  } else if (expected.operatorId !== null && expected.operatorId !== peer.operatorId) {
    code = 'operator_mismatch';
    detail = `the file is for operator ${peer.operatorId}, this agent is ${expected.operatorId}`;
  } else if (expected.tenantId !== null && expected.tenantId.toLowerCase() !== peer.tenantId) {
    code = 'tenant_mapping_violation';
    detail = `the file is for tenant ${peer.tenantId}, this agent is of ${expected.tenantId}`;
  } else {
    return null;
  }
  logTrust(context, state, peer, code, detail);
  return `${code}: ${detail}`;
}

type KeyOutcome = { readonly kid: string; readonly state: string; readonly outcome: StoreKeyOutcome };

/** All keys or none. */
function takeKeys(
  context: CliContext,
  state: State,
  peer: GatewayPeer,
  source: string,
): readonly KeyOutcome[] {
  try {
    return state.transaction(() =>
      peer.feedbackKeys.map((one) => {
        const outcome = storeTrustedKey(state.db, {
          ...one,
          tenantId: peer.tenantId,
          purpose: 'feedback',
          source,
        });
        if (outcome === 'other_key' || (outcome === 'revoked_before' && one.state !== 'revoked')) {
          throw new KeyRefused(one.kid, outcome);
        }
        return { kid: one.kid, state: one.state, outcome };
      }),
    );
  } catch (error) {
    if (!(error instanceof KeyRefused)) throw error;
    logTrust(context, state, peer, 'key_invalid', error.message);
    throw new CliFault(EXIT_UNFINISHED, `key_invalid: ${error.message}; nothing was taken`);
  }
}

class KeyRefused extends Error {
  constructor(kid: string, outcome: StoreKeyOutcome) {
    super(
      outcome === 'other_key'
        ? `kid ${kid} stands for another key already`
        : `kid ${kid} is a key that was revoked here`,
    );
  }
}

function logTrust(context: CliContext, state: State, peer: GatewayPeer, code: string, detail: string): void {
  state.transaction(() =>
    appendSecurityEntry(state.db, {
      atMs: context.now(),
      class: 'trust',
      code,
      detail,
      tenantId: peer.tenantId,
      ref: 'peer add',
    }),
  );
}

/** The CA goes into a file of its own; URL, pins, log keys and CA into the settings file. Returns its path. */
function writeSettings(dataDir: string, peer: GatewayPeer, unique: string): string {
  const values: Record<string, string> = {};
  if (peer.gatewayUrl !== null) values.VECTORVUE_FEDERATION_URL = peer.gatewayUrl;
  if (peer.serverCertificateSha256.length > 0) {
    values.VECTORVUE_FEDERATION_SERVER_CERT_SHA256 = peer.serverCertificateSha256.join(',');
  }
  if (peer.auditLog !== null) values[AUDIT_LOG_KEY] = peer.auditLog.verifierKeys.join(' ');
  if (peer.caPem !== null) {
    const caFile = join(dataDir, 'gateway-ca.pem');
    writeFileDurably(caFile, peer.caPem.endsWith('\n') ? peer.caPem : `${peer.caPem}\n`, 0o644, unique);
    values.VECTORVUE_FEDERATION_MTLS_CA_FILE = caFile;
  }
  const path = join(dataDir, ENVIRONMENT_FILE);
  const known = readTextOrEmpty(path);
  const content = setEnvironmentLines(known, values);
  if (content !== known) writeFileDurably(path, content, 0o600, unique);
  return path;
}
