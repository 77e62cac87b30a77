import { clampTime } from '../store/clamp-time.ts';
import type { CommitItem } from '../store/commit-types.ts';
import { arrayLiteral } from '../store/sql-parameters.ts';
import type { Flush } from './flush-columns.ts';

const NO_CONTENT = new Uint8Array(32);

/** The items of one request, the `number`th of the flush, whose tenant and operator are theirs. A rejected one has a code and nothing else; it keeps its place, and so its index. */
export function addItems(flush: Flush, items: readonly CommitItem[], number: number): void {
  for (const [index, item] of items.entries()) {
    const { columns } = flush;
    const event = item.kind === 'event' ? item.event : null;
    const finding = item.kind === 'event' ? item.finding : null;
    columns.i_request.push(number);
    columns.i_index.push(index);
    columns.i_code.push(item.kind === 'rejected' ? item.code : null);
    columns.i_event.push(event?.eventId ?? null);
    columns.i_campaign.push(event?.campaignId ?? null);
    columns.i_type.push(event?.eventType ?? null);
    columns.i_source.push(event?.sourceSystem ?? null);
    columns.i_severity.push(event?.severity ?? null);
    columns.i_observed_text.push(event?.observedAtText ?? null);
    columns.i_observed.push(event === null ? null : clampTime(event.observedAtMs));
    columns.i_assumed.push(event?.observedAtAssumed ?? null);
    columns.i_techniques.push(event === null ? null : arrayLiteral(event.techniques));
    columns.i_tactics.push(event === null ? null : arrayLiteral(event.tactics));
    columns.i_execution.push(event?.executionHash ?? null);
    columns.i_attestation.push(event?.attestationMeasurementHash ?? null);
    columns.i_synthetic.push(event?.attestationSynthetic ?? null);
    columns.i_asset.push(event?.assetRef ?? null);
    columns.i_target.push(event?.targetUrn ?? null);
    columns.i_intent.push(event?.intentId ?? null);
    columns.i_verified.push(event?.fingerprintVerified ?? null);
    columns.i_finding.push(finding?.findingId ?? null);
    columns.i_status.push(finding?.status ?? null);
    if (event !== null && event.contentHash.length !== 32) throw new TypeError('a content hash has 32 bytes');
    flush.content.push(event?.contentHash ?? NO_CONTENT);
  }
}
