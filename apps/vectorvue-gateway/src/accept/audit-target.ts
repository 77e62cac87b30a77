import { parseTilePath, type Tile } from '@nyxera/federation-protocol';

/** What a path below `/internal/v1/audit/` or `/log/` names. `name` is what the audit log says of it. */
export type AuditTarget =
  | { readonly kind: 'checkpoint'; readonly name: string }
  | { readonly kind: 'tile'; readonly name: string; readonly tile: Tile }
  | { readonly kind: 'receipt'; readonly name: string; readonly requestId: string };

export const AUDIT_PREFIX = '/internal/v1/audit/';
export const COSIGNATURE_PATH = `${AUDIT_PREFIX}cosignature`;

const RECEIPT = /^receipt\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** null: the log has no such path. Exact: no query, no encoding, one spelling for each. */
export function parseAuditTarget(name: string): AuditTarget | null {
  if (name === 'checkpoint') return { kind: 'checkpoint', name };
  const requestId = RECEIPT.exec(name)?.[1];
  if (requestId !== undefined) return { kind: 'receipt', name, requestId };
  const tile = parseTilePath(name);
  return tile === null ? null : { kind: 'tile', name, tile };
}
