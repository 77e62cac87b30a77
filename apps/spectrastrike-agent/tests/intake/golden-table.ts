import type { GoldenRow } from './real-files.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

/** The rows of golden.json as a table that a person can hold against the reports. */
export function goldenTable(rows: Readonly<Record<string, GoldenRow>>): string {
  const head = ['file', 'format', 'events', 'faults', ...SEVERITIES, 'own time', 'techniques'];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const body = Object.entries(rows).map(([name, row]) =>
    line([
      name,
      row.format ?? '-',
      String(row.events),
      String(row.faults),
      ...SEVERITIES.map((severity) => String(row.severities[severity] ?? 0)),
      String(row.timedByReport),
      Object.entries(row.techniques)
        .map(([id, count]) => `${id} ${count}`)
        .join(', '),
    ]),
  );
  const totals = Object.values(rows).reduce((sum, row) => sum + row.events, 0);
  return [
    '# What each report becomes',
    '',
    'Made by `node tests/intake/make-golden.ts` out of the fixtures and `../shared/data`; `golden.test.ts` checks it.',
    'How often each technique is named: an event may name several. Own time: events whose time is in the report.',
    '',
    line(head),
    line(head.map(() => '---')),
    ...body,
    '',
    `${Object.keys(rows).length} files, ${totals} events.`,
    '',
  ].join('\n');
}
