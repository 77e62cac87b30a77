import type { Level } from '../security/security-events.ts';

/** An audit entry as it is forwarded: its columns, and what it discloses, without the salts. */
export interface ForwardEntry {
  readonly sequence: number;
  /**
   * Hex leaf hash: the same for the same entry however often it is sent, and different in every log. Where a
   * destination sees an id twice, it is a duplicate (delivery is at least once).
   */
  readonly id: string;
  readonly requestId: string;
  readonly recordedAt: Date;
  readonly class: string;
  readonly code: string;
  readonly level: Level;
  readonly action: string;
  readonly actor: string;
  readonly tenantId: string | null;
  readonly operatorId: string | null;
  readonly subject: string | null;
  readonly kid: string | null;
  readonly peerSha256: string | null;
  /** Of a refusal: where it came from; null where it was not known or is erased. */
  readonly clientAddress: string | null;
  readonly evidenceSha256: string | null;
  /** The canonical text whose leaf hash is `id`, so that a SIEM can check it against the log. */
  readonly text: string;
}

/** What an accepted event made a finding of (PROTOCOL.md section 12). */
export interface ForwardFinding {
  readonly findingId: string;
  readonly severity: string;
  readonly assetRef: string | null;
  readonly targetUrn: string | null;
  readonly campaignId: string;
  readonly firstSeen: Date;
  readonly eventId: string;
  readonly eventType: string;
  readonly sourceSystem: string;
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
}

/** One record of a destination's stream. */
export interface OutgoingRecord {
  readonly id: string;
  readonly entry: ForwardEntry;
  readonly json: JsonRecord;
}

export type JsonRecord = { readonly [member: string]: JsonMember };
export type JsonMember = null | boolean | number | string | readonly JsonMember[] | JsonRecord;
