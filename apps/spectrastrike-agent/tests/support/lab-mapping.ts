/** A small mapping with all that it needs: every record is an event of the kind and severity that it names. */
export const LAB_MAPPING = `version: 1
name: lab
source_system: { const: lab }
event_type: { field: kind }
severity: { from: { field: level }, table: { "1": critical }, otherwise: info }
time: [{ field: at, format: rfc3339 }]
technique: { otherwise: { id: T1082, reason: "of the lab" } }
asset: { host: { field: host } }
description: { field: text }
`;

export function labRecord(kind: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ kind, level: 1, at: '2026-02-26T12:00:00Z', host: 'h1', ...more });
}
