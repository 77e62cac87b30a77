import { LARGEST_BATCH_BYTES } from '../deliver/batch-sizing.ts';
import { MAX_BODY_BYTES } from '../prepare-envelope.ts';

/** Timestamp, nonce and two dots (PROTOCOL.md section 3), with room. */
const PREFIX_BYTES = 256;

/**
 * The longest message that a key of this agent may have to sign, bytes. A custodian that signs less is refused when the
 * configuration is read, not when the first large batch is ready.
 */
export const LARGEST_REQUEST_INPUT: number = Math.max(MAX_BODY_BYTES, LARGEST_BATCH_BYTES) + PREFIX_BYTES;
/** An evidence bundle's message (section 9) or a checkpoint (section 19), bytes. */
export const LARGEST_STATEMENT_INPUT = 4_096;
