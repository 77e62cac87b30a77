/**
 * What the client knows: everything it sent, and everything it was answered. Written by the client alone, before
 * and after each attempt; the checker believes this and the tables, and nothing of the code under test.
 */
export interface Attempt {
  readonly eventId: string;
  readonly nonce: string;
  /** Hex SHA-256 of the exact body bytes. */
  readonly bodySha256: string;
  /** True where these bytes were sent before: such an attempt must never be accepted after the first was. */
  readonly replay: boolean;
  readonly severity: string;
  /** False while the client still waits. */
  over: boolean;
  /** null: the connection ended without an answer, so the outcome is not known. */
  answer: AttemptAnswer | null;
}

export interface AttemptAnswer {
  readonly status: number;
  readonly code: string | null;
  readonly requestId: string | null;
  /** The answer's own `duplicate`; null where it has none. */
  readonly duplicate: boolean | null;
}

export interface History {
  readonly tenantId: string;
  readonly operatorId: string;
  readonly identity: string;
  readonly attempts: Attempt[];
  /**
   * Event ids that a peer of its own (the agent) acknowledged to its user as spooled for good. They must all be
   * stored in the end. The bodies are the agent's own, so their bytes are not known here.
   */
  readonly promised: Set<string>;
}

export function newHistory(names: Pick<History, 'tenantId' | 'operatorId' | 'identity'>): History {
  return { ...names, attempts: [], promised: new Set() };
}
