import { setImmediate as yieldToOthers } from 'node:timers/promises';
import {
  type BatchEnvelope,
  checkSchemaVersion,
  isWireErrorCode,
  type JsonValue,
  parseBatchItem,
  parseContractV2,
  type RejectedItem,
  rejectedItem,
  type TelemetryEnvelope,
} from '@nyxera/federation-protocol';
import type { CheckSettings } from '../config/gateway-config.ts';
import type { CommitItem } from '../store/commit-types.ts';
import type { ContentOfItem } from './content-of.ts';
import { judgeFingerprint } from './judge-fingerprint.ts';
import { toEvent } from './to-event.ts';

/** Items between two breaths: a thousand of them at once would keep every other connection waiting. */
const ITEMS_AT_A_TIME = 50;

type ItemChecks = Pick<CheckSettings, 'enforceSchemaVersion' | 'allowedSchemaVersions' | 'fingerprintPolicy'>;

/** Every item of a batch on its own, in order; index in = index out = index in the evidence. */
export async function judgeItems(
  envelope: BatchEnvelope,
  checks: ItemChecks,
  contentOf: ContentOfItem,
): Promise<readonly CommitItem[]> {
  const judged: CommitItem[] = [];
  for (const [index, item] of envelope.items.entries()) {
    if (judged.length > 0 && judged.length % ITEMS_AT_A_TIME === 0) await yieldToOthers();
    judged.push(judgeItem(envelope, item, checks, (event) => contentOf(index, event)));
  }
  return judged;
}

/** As accept-telemetry.ts judges a single event, from the payload's schema to the fingerprint, in the same order. */
function judgeItem(
  envelope: BatchEnvelope,
  item: JsonValue,
  checks: ItemChecks,
  contentOf: (event: TelemetryEnvelope) => Uint8Array,
): CommitItem {
  const event = parseBatchItem(envelope, item);
  if (!event.ok) return refused(event);
  const { attributes } = event.value.payload;
  if (checks.enforceSchemaVersion) {
    const version = checkSchemaVersion(attributes, checks.allowedSchemaVersions);
    if (!version.ok) return refused(rejectedItem(item, version));
  }
  const contract = parseContractV2(attributes);
  if (!contract.ok) return refused(rejectedItem(item, contract));
  const fingerprint = judgeFingerprint(event.value, checks.fingerprintPolicy);
  if (!fingerprint.ok) return refused(rejectedItem(item, fingerprint));
  return toEvent(event.value, fingerprint.value, contentOf(event.value));
}

/** A code that only the agent may produce would be a fault of ours. */
function refused(rejection: RejectedItem): CommitItem {
  const code = isWireErrorCode(rejection.code) ? rejection.code : 'internal_error';
  return { kind: 'rejected', eventId: rejection.eventId, code, path: rejection.path };
}
