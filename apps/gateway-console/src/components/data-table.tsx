import { type ReactNode, useId } from 'react';
import type { List } from '../api/hooks.ts';
import { faultsOf } from '../api/refusal.ts';
import { Button } from './button.tsx';
import styles from './data-table.module.css';
import { EmptyState, Loading } from './empty-state.tsx';
import { FaultNote } from './fault-note.tsx';
import { TableRow } from './table-row.tsx';
import { TimeStops } from './time.tsx';
import { useRowKeys } from './use-row-keys.ts';
import { useVirtualRows } from './use-virtual-rows.ts';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What stands in the cell; text of others through `<Text>`. */
  readonly cell: (row: Row) => ReactNode;
  /** A track of a CSS grid: `7rem`, `minmax(8rem, 2fr)`. Without: an equal share of what is left. */
  readonly width?: string;
  readonly align?: 'end';
  /** On a card (narrow page): `title` stands on top without a label, `hide` is left out. */
  readonly card?: 'title' | 'hide';
}

export interface DataTableProps<Row> {
  /** What the rows are: `Events`. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** What `useList` gave; or rows that are all there: `allRows(rows)`. */
  readonly list: List<Row>;
  readonly rowKey: (row: Row) => string;
  /** Enter, a click: to the row's page. */
  readonly onOpen?: (row: Row) => void;
  /** What it means that there is nothing, and what to do. */
  readonly empty: ReactNode;
  /** Narrow the rows where a row is looked at beside the table. */
  readonly isOpen?: (row: Row) => boolean;
}

/**
 * Rows of any number: only those near the page's visible part are in the document. Keys: j, k, arrows, Home, End, Page Up,
 * Page Down, Enter. At the end more is loaded. Narrower than 768 pixels each row is a card.
 */
export function DataTable<Row>({ label, columns, list, rowKey, onOpen, empty, isOpen }: DataTableProps<Row>) {
  const id = useId();
  const { rows } = list;
  const virtual = useVirtualRows(rows.length, (index) => rowKey(rows[index] as Row), list);
  const keys = useRowKeys({
    count: rows.length,
    reveal: virtual.reveal,
    open: (index) => {
      const row = rows[index];
      if (row !== undefined) onOpen?.(row);
    },
  });
  const tracks = { '--tracks': columns.map((column) => column.width ?? 'minmax(0, 1fr)').join(' ') };
  // What is wrong with a filter is said beside the filter.
  const error = faultsOf(list.error).length > 0 ? null : list.error;
  if (list.isPending && list.error === null) return <Loading what={`Loading ${label.toLowerCase()}`} />;
  if (rows.length === 0) {
    if (list.error === null) return empty;
    return error === null ? (
      <EmptyState title="Mend the filter that is marked above" />
    ) : (
      <FaultNote error={error} />
    );
  }
  return (
    <div className={styles.wrap} style={tracks as React.CSSProperties}>
      <FaultNote error={error} />
      {/* A grid, because rows are walked with keys; the roles are given as the rows are no table of the document. */}
      {/* biome-ignore lint/a11y/useSemanticElements: a virtual table cannot be a <table>: most rows are not there */}
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={list.isMore ? -1 : rows.length + 1}
        aria-colcount={columns.length}
        className={styles.grid}
        onKeyDown={keys.onKeyDown}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the head is no stop; its rows are */}
        <div role="row" aria-rowindex={1} className={styles.head}>
          {columns.map((column) => (
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: as above
            <div key={column.id} role="columnheader" className={styles.headCell} data-align={column.align}>
              {column.title}
            </div>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" ref={virtual.body} className={styles.body} style={{ height: virtual.height }}>
          <TimeStops value={false}>
            {virtual.items.map((item) => (
              <TableRow
                key={item.key}
                id={`${id}-${item.index}`}
                row={rows[item.index] as Row}
                columns={columns}
                index={item.index}
                top={item.top}
                measure={virtual.measure}
                isStop={item.index === keys.at}
                isOpen={isOpen?.(rows[item.index] as Row) ?? false}
                onFocus={keys.focus}
                onOpen={onOpen}
              />
            ))}
          </TimeStops>
        </div>
      </div>
      <p className={styles.foot} role="status">
        {list.isMore ? `${rows.length.toLocaleString()} so far` : `${rows.length.toLocaleString()} in all`}
        {list.isMore && (
          <Button onClick={list.loadMore} disabled={list.isLoadingMore}>
            {list.isLoadingMore ? 'Loading…' : 'Load more'}
          </Button>
        )}
      </p>
    </div>
  );
}

/** Rows that are all there as a list without more. */
export function allRows<Row>(rows: readonly Row[]): List<Row> {
  const nothing = (): void => {};
  return {
    rows,
    error: null,
    isPending: false,
    isMore: false,
    isLoadingMore: false,
    loadMore: nothing,
    again: nothing,
  };
}
