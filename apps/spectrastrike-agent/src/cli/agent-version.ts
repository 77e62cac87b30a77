import { readFileSync } from 'node:fs';

/** The version of package.json, which lies two levels above this file, built or not. */
export function agentVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(file);
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
  return 'unknown';
}
