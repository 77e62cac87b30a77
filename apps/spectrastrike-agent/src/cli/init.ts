import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { openState } from '../state/open-state.ts';
import { agentPeerFile } from '../trust/agent-peer-file.ts';
import { writeFileDurably } from '../trust/durable-file.ts';
import { setEnvironmentLines } from '../trust/environment-lines.ts';
import { groupFingerprint, peerFingerprint } from '../trust/peer-fingerprint.ts';
import { prepareClientCertificate, prepareSigningKey } from '../trust/prepare-identity.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, optionText } from './command.ts';
import { type Block, facts, text } from './command-result.ts';
import { EXIT_CONFIG, EXIT_OK } from './exit-codes.ts';
import { type InitSettings, readInitSettings } from './init-settings.ts';

/** Beside the state; `SPECTRASTRIKE_CONFIG_FILE` may name it. */
export const ENVIRONMENT_FILE = 'agent.env';

/**
 * `init`: makes what is missing (state, telemetry key, TLS key with its request) and writes the peer file.
 * Run again it changes nothing that is there, except that the peer file follows a new certificate.
 */
export const init: CommandSpec = {
  name: 'init',
  summary: 'Make the keys and the peer file that a gateway takes; safe to run again',
  options: [
    {
      flags: '--identity <name>',
      description: 'service identity, else VECTORVUE_FEDERATION_SERVICE_IDENTITY',
    },
    { flags: '--operator <id>', description: 'operator, else VECTORVUE_FEDERATION_OPERATOR_ID' },
    { flags: '--tenant <id>', description: 'tenant, else VECTORVUE_FEDERATION_TENANT_ID' },
    {
      flags: '--out <file>',
      description: 'where to write the peer file (default: peer.json in the data directory)',
    },
    {
      flags: '--no-witness',
      description: 'no witness key: for a gateway whose peer add refuses files with one',
    },
  ],
  examples: ['init --identity red-team-1 --operator op-001 --tenant 10000000-0000-0000-0000-000000000001'],
  run: async (context, _args, options) => {
    const settings = readInitSettings(context.environment, {
      identity: optionText(options, 'identity'),
      operatorId: optionText(options, 'operator'),
      tenantId: optionText(options, 'tenant'),
    });
    // First: it makes the data directory with its mode, in which the keys will lie.
    openState(settings.dataDir, { now: context.now }).close();
    const { askPin } = context;
    const telemetry = await prepareSigningKey(settings.signingKey, { askPin });
    if (!telemetry.ok) throw new CliFault(EXIT_CONFIG, `telemetry key: ${telemetry.detail}`);
    const evidence =
      settings.evidenceKey === null ? null : await prepareSigningKey(settings.evidenceKey, { askPin });
    if (evidence?.ok === false) throw new CliFault(EXIT_CONFIG, `evidence key: ${evidence.detail}`);
    const witness =
      options.witness === false ? null : await prepareSigningKey(settings.witnessKey, { askPin });
    if (witness?.ok === false) throw new CliFault(EXIT_CONFIG, `witness key: ${witness.detail}`);
    if (witness !== null && [telemetry.value.kid, evidence?.value.kid].includes(witness.value.kid)) {
      throw new CliFault(EXIT_CONFIG, 'witness key: one key serves one purpose, and this one signs requests');
    }
    const csrFile = join(settings.dataDir, 'client.csr');
    const certificate = await prepareClientCertificate({ ...settings, csrFile });
    if (!certificate.ok) throw new CliFault(EXIT_CONFIG, `client certificate: ${certificate.detail}`);

    const peer = agentPeerFile({
      identity: settings.identity,
      operatorId: settings.operatorId,
      tenantId: settings.tenantId,
      certificateSha256: certificate.value.sha256,
      telemetryKey: telemetry.value.key,
      telemetryKid: telemetry.value.kid,
      evidenceKey: evidence?.value.key ?? null,
      witnessKey: witness?.value.key ?? null,
    });
    const unique = Buffer.from(context.random(6)).toString('hex');
    const peerFile = optionText(options, 'out') ?? join(settings.dataDir, 'peer.json');
    writeFileDurably(peerFile, `${canonicalizeCompat(peer)}\n`, 0o644, unique);
    const environmentFile = writeEnvironment(settings, witness !== null, unique);
    const fingerprint = peerFingerprint(peer);
    const { sha256 } = certificate.value;
    return {
      blocks: [
        facts(
          ['telemetry key', `${settings.signingKey} (${telemetry.value.made ? 'made' : 'kept'})`],
          ['kid', telemetry.value.kid],
          ['evidence key', settings.evidenceKey ?? 'the telemetry key'],
          ['witness key', witness === null ? '-' : settings.witnessKey],
          ['certificate', sha256 === null ? `none yet; request: ${csrFile}` : settings.certFile],
          ['certificate pin', sha256 ?? '-'],
          ['peer file', peerFile],
          ['fingerprint', groupFingerprint(fingerprint)],
          ['settings', environmentFile],
        ),
        ...nextSteps(settings, { csrFile, sha256, peerFile, fingerprint, environmentFile }),
      ],
      json: [
        {
          peer_file: peerFile,
          fingerprint,
          kid: telemetry.value.kid,
          evidence_kid: (evidence ?? telemetry).value.kid,
          witness_kid: witness?.value.kid ?? null,
          certificate_sha256: sha256,
          csr_file: certificate.value.csrFile,
          signing_key: settings.signingKey,
          settings_file: environmentFile,
          made: { telemetry_key: telemetry.value.made, client_key: certificate.value.madeKey },
        },
      ],
      exitCode: EXIT_OK,
    };
  },
};

function nextSteps(
  settings: InitSettings,
  at: {
    csrFile: string;
    sha256: string | null;
    peerFile: string;
    fingerprint: string;
    environmentFile: string;
  },
): readonly Block[] {
  const certificate =
    at.sha256 === null
      ? [
          `Have your CA sign ${at.csrFile}, put the certificate at ${settings.certFile},`,
          'and run spectrastrike-agent init again: the peer file then names its pin.',
          'Then:',
        ]
      : [];
  return [
    text(
      [
        '',
        ...certificate,
        'Next, on the gateway (read the fingerprint over another channel than the file):',
        `  vectorvue-gateway peer add ${at.peerFile} --confirm-fingerprint ${at.fingerprint} --out gateway-peer.json`,
        'Take gateway-peer.json back here:',
        `  export SPECTRASTRIKE_CONFIG_FILE=${at.environmentFile}`,
        '  spectrastrike-agent peer add gateway-peer.json --confirm-fingerprint <hex that the gateway printed>',
      ].join('\n'),
    ),
  ];
}

/** What was decided here, so that the next command needs only this file's name. Holds paths, no secret. */
function writeEnvironment(settings: InitSettings, witnesses: boolean, unique: string): string {
  const path = join(settings.dataDir, ENVIRONMENT_FILE);
  const known = readTextOrEmpty(path);
  const content = setEnvironmentLines(known, {
    SPECTRASTRIKE_DATA_DIR: settings.dataDir,
    VECTORVUE_FEDERATION_SERVICE_IDENTITY: settings.identity,
    VECTORVUE_FEDERATION_OPERATOR_ID: settings.operatorId,
    VECTORVUE_FEDERATION_TENANT_ID: settings.tenantId,
    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: settings.signingKey,
    ...(settings.evidenceKey === null
      ? {}
      : { VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH: settings.evidenceKey }),
    ...(witnesses ? { VECTORVUE_FEDERATION_WITNESS_KEY_PATH: settings.witnessKey } : {}),
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: settings.certFile,
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: settings.keyFile,
  });
  if (content !== known) writeFileDurably(path, content, 0o600, unique);
  return path;
}

export function readTextOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return '';
    throw error;
  }
}
