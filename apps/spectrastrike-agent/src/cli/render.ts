import { escapeDocument, escapeLines, renderFacts, renderTable, type Screen } from '@nyxera/federation-cli';
import type { Block } from './command-result.ts';

/** Blocks as text for what the screen can show. Ends with a line feed where there is anything. */
export function renderBlocks(blocks: readonly Block[], screen: Screen): string {
  return blocks.map((block) => renderBlock(block, screen)).join('');
}

function renderBlock(block: Block, screen: Screen): string {
  switch (block.kind) {
    case 'text':
      return `${escapeLines(block.text)}\n`;
    case 'document':
      return block.text.split('\n').map(escapeDocument).join('\n');
    case 'facts':
      return renderFacts(block.facts, screen);
    case 'table':
      return renderTable(block.head, block.rows, screen);
  }
}
