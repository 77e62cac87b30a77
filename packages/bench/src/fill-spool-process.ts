/**
 * Puts events into an agent's spool through the agent's own, built code: its schema, its intents, its transactions
 * with their fsyncs. A process of its own, so that what it takes is not what is measured.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { JsonObject } from '@nyxera/federation-protocol';
import { CAMPAIGN, eventId, loadEvents, OPERATOR, TENANT } from './source-events.ts';

export interface SpoolFilling {
  readonly dataDirectory: string;
  /** Base URL of the gateway, as the agent is configured with it. */
  readonly gatewayUrl: string;
  readonly events: number;
  /** Events of the source that they are made of. */
  readonly sourceEvents: number;
  /** Eight characters. */
  readonly run: string;
}

/** What is used of the agent. Its sources may not be imported here, so its shapes are said once more. */
interface AgentModules {
  openState(dataDirectory: string): { close(): void };
  createSpool(state: unknown, options: { now: () => number }): Spool;
}

interface Spool {
  enqueue(
    lane: { readonly gateway: string; readonly operatorId: string; readonly tenantId: string },
    report: null,
    events: Iterable<unknown>,
  ): { readonly spooled: number };
}

/** Events in one transaction. */
const STEP = 50_000;

async function agentModules(): Promise<AgentModules> {
  const module = async (path: string): Promise<AgentModules> => {
    const file = fileURLToPath(new URL(`../../../apps/spectrastrike-agent/dist/${path}`, import.meta.url));
    return (await import(pathToFileURL(file).href)) as AgentModules;
  };
  const { openState } = await module('state/open-state.js');
  const { createSpool } = await module('spool/spool.js');
  return { openState, createSpool };
}

async function fill(filling: SpoolFilling): Promise<number> {
  const { openState, createSpool } = await agentModules();
  const { events: source } = loadEvents(filling.sourceEvents);
  const state = openState(filling.dataDirectory);
  let spooled = 0;
  try {
    const spool = createSpool(state, { now: Date.now });
    const lane = { gateway: filling.gatewayUrl, operatorId: OPERATOR, tenantId: TENANT };
    for (let from = 0; from < filling.events; from += STEP) {
      const to = Math.min(filling.events, from + STEP);
      spooled += spool.enqueue(lane, null, newEvents(source, filling.run, from, to)).spooled;
    }
  } finally {
    state.close();
  }
  return spooled;
}

/** As the agent's intake hands them over. */
function* newEvents(
  source: ReturnType<typeof loadEvents>['events'],
  run: string,
  from: number,
  to: number,
): Generator<unknown> {
  for (let number = from; number < to; number += 1) {
    const event = source[number % source.length];
    if (event === undefined) throw new Error('the source has no events');
    const attributes = event.payload.attributes as JsonObject;
    const id = eventId(run, number);
    yield {
      eventId: id,
      payload: { ...event.payload, event_id: id },
      executionHash: event.executionHash,
      campaignId: CAMPAIGN,
      fingerprintTimestamp: attributes.fingerprint_timestamp,
      assetRef: attributes.asset_ref,
      targetUrn: attributes.target_urn,
      observedAt: event.payload.observed_at,
      manifestHash: attributes.manifest_hash,
      toolHash: attributes.tool_sha256,
      policyDecisionHash: attributes.policy_decision_hash,
      attestationMeasurementHash: attributes.attestation_measurement_hash,
    };
  }
}

process.on('message', (filling: SpoolFilling) => {
  fill(filling).then(
    (spooled) => process.send?.({ spooled }),
    (fault: unknown) => process.send?.({ fault: fault instanceof Error ? fault.stack : String(fault) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
