/** A process to be killed: drains a data directory into a gateway. Arguments: a JSON object of what it needs. */
import { writeSync } from 'node:fs';
import { openSigner } from '@nyxera/federation-key-custody';
import { createDelivery } from '../../src/deliver.ts';
import { createGatewayClient, type GatewayClientConfig } from '../../src/gateway-client.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { openState } from '../../src/state/open-state.ts';

export interface DrainChildInput {
  readonly dataDir: string;
  readonly signingKey: string;
  readonly client: GatewayClientConfig;
}

const input = JSON.parse(process.argv[2] ?? '{}') as DrainChildInput;
const signer = await openSigner(input.signingKey);
const client = await createGatewayClient(input.client);
if (!signer.ok || !client.ok) throw new Error('the child could not open its keys');
const delivery = createDelivery({
  spool: createSpool(openState(input.dataDir), { now: Date.now }),
  client: client.value,
  signer: signer.value,
  config: { concurrency: 8, maxBackoffMs: 1000, laneProbeMs: 1000, batches: false },
  logger: { info: () => undefined, warn: () => undefined },
});
const summary = await delivery.drain({ maxWaitMs: 20_000 });
writeSync(1, `${JSON.stringify(summary)}\n`);
client.value.close();
