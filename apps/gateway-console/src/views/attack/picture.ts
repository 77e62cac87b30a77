import type { Cell, Matrix } from './matrix.ts';
import { countOf, type Mode, SHADES, SHADES_OF, shadeOf } from './shade.ts';

/** The matrix as shapes, for the two ways in which it leaves the page: SVG text, and a canvas for PNG. Pixels. */
export type Shape =
  | {
      readonly kind: 'box';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill: string;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly bold: boolean;
    };

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

const COLUMN = 138;
const ROW = 30;
const GAP = 3;
const MARGIN = 16;
const HEAD = 92;
const FOOT = 28;

export const INK = '#18202d';
export const LINE = '#b9c2cf';
const PAPER = '#ffffff';

/** @param lines what stands above the matrix. @param foot MITRE's line. */
export function drawMatrix(matrix: Matrix, mode: Mode, lines: readonly string[], foot: string): Picture {
  const rows = Math.max(0, ...matrix.columns.map(({ cells }) => cells.length));
  const width = 2 * MARGIN + matrix.columns.length * (COLUMN + GAP) - GAP;
  const height = HEAD + (rows + 1) * (ROW + GAP) + FOOT + MARGIN;
  const shapes: Shape[] = [{ kind: 'box', x: 0, y: 0, width, height, fill: PAPER }];
  lines.forEach((text, n) => {
    shapes.push({ kind: 'text', x: MARGIN, y: 24 + n * 18, text, size: n === 0 ? 16 : 12, bold: n === 0 });
  });
  shapes.push(...legend(mode));
  matrix.columns.forEach(({ tactic, cells, seen }, column) => {
    const x = MARGIN + column * (COLUMN + GAP);
    shapes.push({ kind: 'text', x, y: HEAD + 12, text: cut(tactic.name, 20), size: 11, bold: true });
    shapes.push({ kind: 'text', x, y: HEAD + 25, text: `${seen} of ${cells.length}`, size: 10, bold: false });
    cells.forEach((cell, row) => {
      shapes.push(...box(cell, mode, x, HEAD + (row + 1) * (ROW + GAP)));
    });
  });
  shapes.push({ kind: 'text', x: MARGIN, y: height - MARGIN, text: foot, size: 10, bold: false });
  return { width, height, shapes };
}

function box(cell: Cell, mode: Mode, x: number, y: number): Shape[] {
  const shade = SHADES[shadeOf(cell, mode)];
  const count = countOf(cell, mode);
  const said = count === 0 ? cell.id : `${cell.id}  ${shade.mark}${shade.mark === '' ? '' : ' '}${count}`;
  return [
    { kind: 'box', x, y, width: COLUMN, height: ROW, fill: shade.fill },
    { kind: 'text', x: x + 5, y: y + 12, text: cut(cell.name, 25), size: 9.5, bold: count > 0 },
    { kind: 'text', x: x + 5, y: y + 24, text: said, size: 9, bold: false },
  ];
}

function legend(mode: Mode): Shape[] {
  return SHADES_OF[mode].flatMap((shade, n): Shape[] => {
    const x = MARGIN + n * 150;
    return [
      { kind: 'box', x, y: HEAD - 26, width: 14, height: 14, fill: SHADES[shade].fill },
      {
        kind: 'text',
        x: x + 20,
        y: HEAD - 15,
        text: `${SHADES[shade].mark} ${SHADES[shade].label}`.trim(),
        size: 10,
        bold: false,
      },
    ];
  });
}

/** Names of the table are ASCII and known; a picture has no place for the rest of a long one. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
