import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import type { FeedbackConfig } from '../config.ts';
import { systemClock } from '../deliver/system-clock.ts';
import { createGetSigned } from '../prepare-get.ts';
import type { State } from '../state/open-state.ts';
import { createAuditClient } from '../witness/audit-client.ts';
import type { WitnessParts } from '../witness/witness-gateway.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import type { GatewayConnection } from './connect-gateway.ts';
import { EXIT_CONFIG } from './exit-codes.ts';

/** Opens the witness key where there is one, runs the work with the way to the gateway's log, and closes the key. */
export async function withWitness<T>(
  context: CliContext,
  config: FeedbackConfig,
  state: State,
  connection: GatewayConnection,
  work: (parts: WitnessParts) => Promise<T>,
): Promise<T> {
  const signer = await openWitnessKey(context, config, connection.signer);
  try {
    const getSigned = createGetSigned({
      client: connection.client,
      signer: connection.signer,
      now: context.now,
      randomBytes: (size) => context.random(size),
    });
    const { sendSigned } = connection;
    const client = createAuditClient({ getSigned, sendSigned, clock: systemClock, signal: context.signal });
    const { gatewayUrl: gateway, log, serviceIdentity: identity } = config;
    return await work({ state, client, gateway, log, signer, identity, now: context.now });
  } finally {
    await signer?.close();
  }
}

async function openWitnessKey(
  context: CliContext,
  config: FeedbackConfig,
  telemetry: Signer,
): Promise<Signer | null> {
  if (config.witnessKeyUri === null) return null;
  const opened = await openSigner(config.witnessKeyUri, { askPin: context.askPin });
  if (!opened.ok) throw new CliFault(EXIT_CONFIG, `witness key: ${opened.code}: ${opened.detail}`);
  // PROTOCOL.md section 15: a key serves one purpose. The gateway would refuse the key; here it never signs.
  if ((await opened.value.kid()) === (await telemetry.kid())) {
    await opened.value.close();
    throw new CliFault(EXIT_CONFIG, 'witness key: it is the telemetry key, and one key serves one purpose');
  }
  return opened.value;
}
