import type pg from 'pg';

/** What was answered 2xx, so that the store can be compared with it: nothing more, nothing less may be there. */
export class Ledger {
  /** operator/event_id -> request id of the first acceptance. */
  readonly events = new Map<string, string>();
  readonly findings = new Set<string>();
  readonly graphs = new Set<string>();
  readonly faults: string[] = [];

  accept(eventKey: string, requestId: string, duplicate: boolean, finding: boolean): void {
    const known = this.events.get(eventKey);
    if (!duplicate) {
      if (known !== undefined)
        this.faults.push(`${eventKey} was accepted as new twice: ${known}, ${requestId}`);
      this.events.set(eventKey, requestId);
      if (finding) this.findings.add(eventKey);
    }
  }

  /** Differences between the store and what was answered; empty is well. */
  async compare(database: pg.Pool): Promise<string[]> {
    const faults = [...this.faults];
    const rows = async (sql: string): Promise<string[][]> =>
      (await database.query({ text: sql, rowMode: 'array' })).rows as string[][];
    const differ = (what: string, stored: ReadonlySet<string>, answered: ReadonlySet<string>): void => {
      const extra = [...stored].filter((one) => !answered.has(one));
      const missing = [...answered].filter((one) => !stored.has(one));
      if (extra.length + missing.length === 0) return;
      faults.push(
        `${what}: ${extra.length} stored but not acknowledged (${extra.slice(0, 3)}), ` +
          `${missing.length} acknowledged but not stored (${missing.slice(0, 3)})`,
      );
    };
    const events = await rows(
      "SELECT operator_id || '/' || event_id, request_id::text FROM federation.events",
    );
    differ(
      'events',
      new Set(events.map((row) => row.join(' '))),
      new Set([...this.events].map((entry) => entry.join(' '))),
    );
    const findings = await rows("SELECT operator_id || '/' || event_id FROM federation.findings");
    differ('findings', new Set(findings.map(([key = '']) => key)), this.findings);
    const graphs = await rows('SELECT request_id::text FROM federation.graphs');
    differ('graphs', new Set(graphs.map(([id = '']) => id)), this.graphs);
    const evidence = await rows('SELECT request_id::text FROM federation.evidence');
    differ(
      'evidence',
      new Set(evidence.map(([id = '']) => id)),
      new Set([...this.events.values(), ...this.graphs]),
    );
    const [audit] = await rows(
      `SELECT count(*)::text, coalesce(max(sequence) - min(sequence) + 1, 0)::text,
              (SELECT size::text FROM federation.audit_head) FROM federation.audit_log`,
    );
    if (audit !== undefined && new Set(audit).size !== 1) faults.push(`the audit log has a gap: ${audit}`);
    return faults;
  }
}
