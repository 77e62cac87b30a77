import {
  accept,
  executionFingerprint,
  fingerprintInputFrom,
  type Result,
  reject,
  type TelemetryEnvelope,
} from '@nyxera/federation-protocol';

/**
 * PROTOCOL.md section 11: where all seven inputs are present the fingerprint is computed again. A mismatch
 * is flagged on the event, or refused if so configured. null: not all inputs are there.
 */
export function judgeFingerprint(
  envelope: TelemetryEnvelope,
  policy: 'flag' | 'enforce',
): Result<boolean | null> {
  const { attributes } = envelope.payload;
  const input = fingerprintInputFrom(attributes, envelope.operator_id, envelope.tenant_id);
  if (input === null) return accept(null);
  const computed = executionFingerprint(input);
  const claimed = attributes.execution_fingerprint;
  const matches =
    computed === envelope.execution_hash.toLowerCase() &&
    (typeof claimed !== 'string' || claimed.toLowerCase() === computed);
  if (!matches && policy === 'enforce') {
    return reject('fingerprint_mismatch', 'the fingerprint is not that of its inputs');
  }
  return accept(matches);
}
