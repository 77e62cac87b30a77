import Table from 'cli-table3';
import type { Block } from './command-result.ts';
import { escapeText } from './escape-text.ts';

/**
 * Blocks as text: drawn tables on a terminal, one tab-separated line a row (with a header line) in a pipe, so
 * that `cut` and `awk` work on them. Ends with a line feed where there is anything.
 */
export function renderBlocks(blocks: readonly Block[], terminal: boolean): string {
  return blocks.map((block) => renderBlock(block, terminal)).join('');
}

function renderBlock(block: Block, terminal: boolean): string {
  switch (block.kind) {
    case 'text':
      return `${block.text.split('\n').map(escapeText).join('\n')}\n`;
    case 'facts':
      return renderFacts(block.facts, terminal);
    case 'table':
      return terminal ? drawTable(block.head, block.rows) : plainTable(block.head, block.rows);
  }
}

function renderFacts(pairs: readonly (readonly [string, string])[], terminal: boolean): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length)) + 2;
  return pairs
    .map(([name, value]) =>
      terminal ? `${name.padEnd(width)}${escapeText(value)}\n` : `${name}\t${escapeText(value)}\n`,
    )
    .join('');
}

function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((row) => `${row.map(escapeText).join('\t')}\n`).join('');
}

function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return `(${head.join(', ')}: none)\n`;
  // No colours: style entries are ANSI names, and a table that is copied into a ticket should stay text.
  const drawn = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  for (const row of rows) drawn.push(row.map(escapeText));
  return `${drawn.toString()}\n`;
}
