import CliTable from 'cli-table3';
import { escapeText } from './escape-text.ts';
import { fitColumns } from './fit-columns.ts';
import type { Screen } from './screen.ts';
import { styleCell, styled } from './style-cell.ts';
import { displayWidth, wrapCell } from './wrap-cell.ts';

/** Rows of raw, untrusted text: whatever is rendered here is escaped here. */
export type Rows = readonly (readonly string[])[];

/**
 * A table: drawn on a terminal and made to fit it, or where it is too narrow for columns one fact a line; in a pipe
 * one line a row and no head, cells between tabs, so that `cut` and `awk` work on them. No text is ever cut.
 */
export function renderTable(head: readonly string[], rows: Rows, screen: Screen): string {
  const cells = rows.map((row) => row.map(escapeText));
  if (!screen.terminal) {
    return cells.map((row) => `${row.map((cell) => styleCell(screen, cell)).join('\t')}\n`).join('');
  }
  if (rows.length === 0) return `(${head.join(', ')}: none)\n`;
  const natural = head.map((title, column) =>
    Math.max(displayWidth(title), ...cells.map((row) => displayWidth(row[column] ?? ''))),
  );
  const widths = fitColumns(natural, head.map(displayWidth), screen.columns);
  return widths === null ? records(head, cells, screen) : draw(head, cells, widths, screen);
}

/** `name value` pairs: names padded to one width on a terminal, a tab between them in a pipe. */
export function renderFacts(pairs: readonly (readonly [string, string])[], screen: Screen): string {
  const width = Math.max(0, ...pairs.map(([name]) => displayWidth(name))) + 2;
  return pairs
    .map(([name, raw]) => {
      const value = styleCell(screen, escapeText(raw));
      const gap = ' '.repeat(width - displayWidth(name));
      return screen.terminal ? `${styled(screen, 'bold', name)}${gap}${value}\n` : `${name}\t${value}\n`;
    })
    .join('');
}

function draw(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  widths: readonly number[],
  screen: Screen,
): string {
  const drawn = new CliTable({
    head: head.map((title) => styled(screen, 'bold', title)),
    // Style entries of this library are ANSI names that it writes whatever the screen is.
    style: { head: [], border: [], compact: true },
  });
  const fit = (text: string, column: number): string =>
    wrapCell(text, widths[column] ?? 1)
      .map((line) => styleCell(screen, line))
      .join('\n');
  for (const row of cells) drawn.push(row.map(fit));
  return `${drawn.toString()}\n`;
}

/** Each row as facts, with an empty line between two. */
function records(head: readonly string[], cells: readonly (readonly string[])[], screen: Screen): string {
  const width = Math.max(...head.map(displayWidth)) + 2;
  return cells
    .map((row) =>
      head
        .map((title, column) => {
          const gap = ' '.repeat(width - displayWidth(title));
          return `${styled(screen, 'bold', title)}${gap}${styleCell(screen, row[column] ?? '')}\n`;
        })
        .join(''),
    )
    .join('\n');
}
