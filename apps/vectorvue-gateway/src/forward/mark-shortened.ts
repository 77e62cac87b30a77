import type { JsonRecord } from './entry.ts';

/**
 * Notes in a record that its longest strings were cut, and how many bytes it had: where OCSF has members for it
 * (`metadata.is_truncated`, `metadata.untruncated_size`), else as `truncated`. The whole of it is in the gateway,
 * under the same id.
 */
export function markShortened(record: JsonRecord, wholeBytes: number): JsonRecord {
  const { metadata } = record;
  if (typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)) {
    return { ...record, metadata: { ...metadata, is_truncated: true, untruncated_size: wholeBytes } };
  }
  return { ...record, truncated: true, untruncated_bytes: wholeBytes };
}
