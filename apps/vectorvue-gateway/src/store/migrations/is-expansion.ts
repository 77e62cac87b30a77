/**
 * Whether a migration only adds: the rule for those that say older gateways may keep running (`oldestProgram`). Reads the
 * text, so it errs on the side of no, and does not see what a function does inside (a new one that nobody calls harms nobody),
 * a new constraint that old writers break (a NOT NULL column needs a default, which is looked at), or a trigger's effects.
 */
export function isExpansion(sql: string): boolean {
  const text = sql
    .replace(/--[^\n]*/g, ' ')
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''");
  if (/\b(?:DROP|RENAME|REVOKE|TRUNCATE|DELETE|UPDATE)\b/i.test(withoutGrants(text))) return false;
  if (/\bALTER\s+COLUMN\b|\bSET\s+NOT\s+NULL\b|\bCREATE\s+OR\s+REPLACE\b|\bADD\s+CONSTRAINT\b/i.test(text))
    return false;
  return !/\bADD\s+COLUMN\b[^,;]*\bNOT\s+NULL\b(?![^,;]*\bDEFAULT\b)/i.test(
    text.replace(/\bDEFAULT\b([^,;]*)\bNOT\s+NULL\b/gi, 'NOT NULL DEFAULT$1'),
  );
}

/** `GRANT SELECT, UPDATE, DELETE ON …` and `FOR UPDATE` in a policy give something; they take nothing. */
function withoutGrants(text: string): string {
  return text
    .replace(/\bGRANT\b[^;]*/gi, '')
    .replace(/\bFOR\s+(?:UPDATE|DELETE|ALL)\b/gi, '')
    .replace(
      /\b(?:AFTER|BEFORE)\s+(?:INSERT|UPDATE|DELETE|TRUNCATE)(?:\s+OR\s+(?:INSERT|UPDATE|DELETE|TRUNCATE))*/gi,
      '',
    )
    .replace(/\bON\s+(?:UPDATE|DELETE)\b/gi, '');
}
