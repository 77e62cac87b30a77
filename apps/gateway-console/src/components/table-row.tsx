import styles from './data-table.module.css';
import type { Column } from './data-table.tsx';

interface TableRowProps<Row> {
  readonly id: string;
  readonly row: Row;
  readonly columns: readonly Column<Row>[];
  readonly index: number;
  /** Pixels from the body's top. */
  readonly top: number;
  readonly measure: (element: Element | null) => void;
  /** The one row that the Tab key stops at. */
  readonly isStop: boolean;
  readonly isOpen: boolean;
  readonly onFocus: (index: number) => void;
  readonly onOpen: ((row: Row) => void) | undefined;
}

export function TableRow<Row>(props: TableRowProps<Row>) {
  const { id, row, columns, index, top, measure, isStop, isOpen, onFocus, onOpen } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid's keys open the row (use-row-keys.ts)
    <div
      role="row"
      id={id}
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={isOpen ? true : undefined}
      tabIndex={isStop ? 0 : -1}
      className={styles.row}
      data-opens={onOpen !== undefined}
      style={{ transform: `translateY(${top}px)` }}
      onFocus={() => onFocus(index)}
      onClick={(click) => {
        if (onOpen !== undefined && isOfRow(click.target)) onOpen(row);
      }}
    >
      {columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: cells of a virtual grid
        // biome-ignore lint/a11y/useFocusableInteractive: the row is the stop
        <div
          key={column.id}
          role="gridcell"
          className={styles.cell}
          data-align={column.align}
          data-card={column.card}
        >
          <span className={styles.cellTitle} aria-hidden="true">
            {column.title}
          </span>
          <div className={styles.cellValue}>{column.cell(row)}</div>
        </div>
      ))}
    </div>
  );
}

/** A click on a link or button within the row is theirs; and whoever marks text to copy it does not want to leave. */
function isOfRow(target: EventTarget): boolean {
  if (target instanceof Element && target.closest('a, button, input, select, label') !== null) return false;
  return (getSelection()?.toString() ?? '') === '';
}
