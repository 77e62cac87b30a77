import { createHash } from 'node:crypto';
import {
  isJsonObject,
  type JsonObject,
  merkleLeafHash,
  numberOf,
  parseStrictJson,
} from '@nyxera/federation-protocol';

/** What an entry must be about to vouch for the delivery of an event. */
export interface ExpectedEntry {
  readonly sequence: number;
  /** 32 bytes. */
  readonly leafHash: Uint8Array;
  /** The `request_id` of the 202; null where it had none. */
  readonly requestId: string | null;
}

/** Why an entry does not vouch for the event; null: it does. For people, without anything of the gateway's text. */
export type EntryObstacle = string | null;

/** Codes of the audit log for an event that stands. */
const STANDING: ReadonlySet<unknown> = new Set(['accepted', 'duplicate']);
const ACTIONS: ReadonlySet<unknown> = new Set(['telemetry', 'telemetry.batch']);

/**
 * Whether these bytes are the entry of the receipt and record the acceptance of that very request. Without this a
 * gateway could hand out the leaf of anything that is in its log as a receipt for something that is not.
 */
export function checkEntry(bytes: Uint8Array, expected: ExpectedEntry): EntryObstacle {
  if (!isLeaf(bytes, expected.leafHash)) {
    return 'its bytes do not have the leaf hash of the receipt';
  }
  const entry = objectIn(bytes);
  if (entry === null) return 'it is no JSON object';
  if (numberOf(entry.sequence) !== expected.sequence) return 'it names another sequence';
  if (expected.requestId !== null && entry.request_id !== expected.requestId)
    return 'it is of another request';
  if (!ACTIONS.has(entry.action)) return 'it is not about an event';
  return STANDING.has(entry.code) ? null : 'it does not record that the event was accepted';
}

/** @param leafHash 32 bytes. */
export function isLeaf(entry: Uint8Array, leafHash: Uint8Array): boolean {
  return Buffer.from(merkleLeafHash(entry)).equals(leafHash);
}

/** What the entry's commitments must open to: whose event it was, and which. */
export interface ExpectedDisclosure {
  readonly eventId: string;
  /** Lower-case. */
  readonly tenantId: string;
  readonly operatorId: string;
}

/**
 * Whether the disclosure (salt and value of each commitment) opens the entry to this event. Each value is compared with
 * the commitment in the leaf, so that the gateway cannot say one thing in the log and another to us.
 * @returns `complete`: all of them are disclosed; one that was erased since opens to nothing, and to nothing else.
 */
export function checkDisclosure(
  entryBytes: Uint8Array,
  disclosureText: string,
  expected: ExpectedDisclosure,
): { readonly obstacle: EntryObstacle; readonly complete: boolean } {
  const commitments = objectIn(entryBytes)?.commitments;
  const disclosure = objectIn(new TextEncoder().encode(disclosureText));
  if (disclosure === null || !isJsonObject(commitments)) return wrong('its commitments cannot be opened');
  let complete = true;
  for (const [member, wanted] of [
    ['subject', expected.eventId],
    ['tenant_id', expected.tenantId],
    ['operator_id', expected.operatorId],
  ] as const) {
    if (!Object.hasOwn(commitments, member)) return wrong(`it commits to no ${member}`);
    if (!Object.hasOwn(disclosure, member)) {
      complete = false;
      continue;
    }
    const opened = open(disclosure[member], commitments[member]);
    if (opened === null) return wrong(`its ${member} does not open to what was committed`);
    const value = member === 'tenant_id' ? opened.toLowerCase() : opened;
    if (value !== wanted) return wrong(`its ${member} is another one`);
  }
  return { obstacle: null, complete };
}

function wrong(obstacle: string): { readonly obstacle: string; readonly complete: boolean } {
  return { obstacle, complete: false };
}

/** The committed value, SHA-256(salt || value) being the commitment; null where it is something else. */
function open(
  disclosed: JsonObject[string] | undefined,
  commitment: JsonObject[string] | undefined,
): string | null {
  if (!isJsonObject(disclosed)) return null;
  const { salt, value } = disclosed;
  if (typeof salt !== 'string' || typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(salt)) return null;
  const hash = createHash('sha256').update(Buffer.from(salt, 'hex')).update(value, 'utf8').digest('hex');
  return hash === commitment ? value : null;
}

function objectIn(bytes: Uint8Array): JsonObject | null {
  const parsed = parseStrictJson(bytes);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}
