import { escapeText, type Screen, styled } from '@nyxera/federation-cli';

const STYLES = { error: 'red', warn: 'yellow', info: 'dim', debug: 'dim' } as const;
const HIDDEN = new Set(['level', 'message', 'event', 'timestamp']);

/** A JSON line of the log as `gateway | warn  store.embedded warning=…`; any other line as it is. Escaped. */
export function showLine(name: string, line: string, screen: Screen): string {
  const entry = parse(line);
  const source = styled(screen, 'bold', name.padEnd(7));
  if (entry === null) return `${source} | ${escapeText(line)}`;
  const level = String(entry.level ?? 'info');
  const style = level in STYLES ? STYLES[level as keyof typeof STYLES] : 'dim';
  const said = String(entry.message ?? entry.event ?? '');
  const facts = Object.entries(entry)
    .filter(([member]) => !HIDDEN.has(member))
    .map(([member, value]) => `${member}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const shown = escapeText([level.padEnd(5), said, ...facts].join(' '));
  return `${source} | ${styled(screen, style, shown)}`;
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
