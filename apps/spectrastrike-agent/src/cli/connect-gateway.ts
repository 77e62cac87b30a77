import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import { ERROR_CODES, isJsonObject, isWireErrorCode, type JsonObject } from '@nyxera/federation-protocol';
import { type DeliveryConfig, loadChangedTls, settingsFilesOf } from '../config.ts';
import { logAttempts } from '../deliver/log-attempts.ts';
import {
  type ClientOutcome,
  createGatewayClient,
  type GatewayClient,
  type GatewayClientOptions,
} from '../gateway-client.ts';
import { createAgentLogger } from '../logging.ts';
import { createSendSigned, type SendSigned, type SignedOutcome } from '../prepare-envelope.ts';
import { appendSecurityEntry } from '../security-log.ts';
import type { State } from '../state/open-state.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import { EXIT_CONFIG } from './exit-codes.ts';

export interface GatewayConnection {
  readonly client: GatewayClient;
  readonly signer: Signer;
  readonly sendSigned: SendSigned;
}

/**
 * Opens the key and the way to the gateway, runs the work, and closes both. The certificate is followed while its files
 * change, unless it is `fixed`: for whoever asks about that very certificate.
 */
export async function withGateway<T>(
  context: CliContext,
  config: DeliveryConfig,
  work: (connection: GatewayConnection) => Promise<T>,
  certificate: 'followed' | 'fixed' = 'followed',
): Promise<T> {
  const signer = await openSigner(config.signingKeyUri, { askPin: context.askPin });
  if (!signer.ok) throw new CliFault(EXIT_CONFIG, `signing key: ${signer.code}: ${signer.detail}`);
  try {
    const follow = certificate === 'fixed' ? {} : { follow: followFiles(context, config) };
    const client = await createGatewayClient(config, { now: context.now, ...follow });
    if (!client.ok) throw new CliFault(EXIT_CONFIG, `client key: ${client.code}: ${client.detail}`);
    try {
      const sendSigned = createSendSigned({
        client: client.value,
        signer: signer.value,
        now: context.now,
        randomBytes: (size) => context.random(size),
        onAttempt: logAttempts(createAgentLogger(config.logLevel)),
      });
      return await work({ client: client.value, signer: signer.value, sendSigned });
    } finally {
      client.value.close();
    }
  } finally {
    await signer.value.close();
  }
}

function followFiles(
  context: CliContext,
  config: DeliveryConfig,
): NonNullable<GatewayClientOptions['follow']> {
  const logger = createAgentLogger(config.logLevel);
  return {
    load: () => loadChangedTls(context.environment, context.now()),
    alsoFiles: settingsFilesOf(context.environment),
    onNews: (news) => {
      if (news.kind === 'taken') logger.info('tls.taken', { cert_sha256: news.certSha256 });
      else logger.warn('tls.refused', { class: 'security', problems: news.problems });
    },
  };
}

/** A request that did not succeed, in words for a person. */
export interface Refusal {
  /** Section 17's code, or the status, or a short cause such as ECONNREFUSED. */
  readonly code: string;
  readonly detail: string;
  /** What the gateway asked to wait; null where it did not. */
  readonly retryAfterMs: number | null;
}

/** The body of an answer with the expected status, or what stood in the way. */
export type Exchange =
  | { readonly ok: true; readonly body: JsonObject; readonly nonce: string }
  | { readonly ok: false; readonly refusal: Refusal };

export function readExchange(sent: SignedOutcome, expectedStatus: number): Exchange {
  if (!('nonce' in sent)) {
    return sent.outcome.kind === 'too_large'
      ? refused('payload_too_large', `the body has ${sent.outcome.bytes} bytes; nothing was sent`)
      : refused('key_unavailable', 'the signing key could not be used; nothing was sent');
  }
  const read = readOutcome(sent.outcome, expectedStatus);
  return read.ok ? { ...read, nonce: sent.nonce } : read;
}

export function readOutcome(
  outcome: ClientOutcome,
  expectedStatus: number,
): { readonly ok: true; readonly body: JsonObject } | { readonly ok: false; readonly refusal: Refusal } {
  switch (outcome.kind) {
    case 'unreachable':
      return refused(outcome.reason, 'the gateway could not be reached');
    case 'untrusted':
      return refused(outcome.code, outcome.detail);
    case 'answer': {
      if (outcome.status === expectedStatus) {
        return {
          ok: true,
          body: isJsonObject(outcome.body ?? undefined) ? (outcome.body as JsonObject) : {},
        };
      }
      const code = outcome.code ?? String(outcome.status);
      const meaning = isWireErrorCode(code) ? ERROR_CODES[code].meaning : 'the gateway refused';
      return refused(code, `${outcome.status}: ${meaning}`, outcome.retryAfterMs);
    }
  }
}

function refused(
  code: string,
  detail: string,
  retryAfterMs: number | null = null,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, detail, retryAfterMs } };
}

const TRANSPORT_CODES = new Set([
  'server_pin_mismatch',
  'redirect_refused',
  'insecure_transport',
  'tls_verification_failed',
]);

/** A gateway that is not who it should be goes to the security log, whichever command met it. */
export function logUntrusted(state: State, config: DeliveryConfig, refusal: Refusal, nowMs: number): void {
  if (!TRANSPORT_CODES.has(refusal.code)) return;
  state.transaction(() =>
    appendSecurityEntry(state.db, {
      atMs: nowMs,
      class: 'transport',
      code: refusal.code,
      detail: refusal.detail,
      tenantId: config.tenantId.toLowerCase(),
      ref: config.gatewayUrl,
    }),
  );
}
