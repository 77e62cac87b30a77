import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import styles from './attack.module.css';
import type { Cell, Column, Counts, Matrix } from './matrix.ts';
import { countOf, type Mode, SHADES, SHADES_OF, shadeOf } from './shade.ts';

/** What a technique's events are looked for by, besides the technique. */
export interface EventsLink {
  readonly tenant: string | undefined;
  readonly from: string;
  readonly to: string;
}

/** Tactics side by side; beneath each other on a narrow page. */
export function MatrixView({
  matrix,
  mode,
  isSeenOnly,
  link,
}: {
  readonly matrix: Matrix;
  readonly mode: Mode;
  readonly isSeenOnly: boolean;
  readonly link: EventsLink;
}) {
  const columns = isSeenOnly ? matrix.columns.filter(({ seen }) => seen > 0) : matrix.columns;
  return (
    <>
      <Legend mode={mode} />
      {matrix.seen === 0 && (
        <EmptyState title="No technique was named in this time">
          Accepted events carry their techniques; choose a longer time or another tenant.
        </EmptyState>
      )}
      {columns.length > 0 && (
        <section className={styles.scroll} aria-label="Technique matrix">
          <div className={styles.matrix}>
            {columns.map((column) => (
              <TacticColumn
                key={column.tactic.id}
                column={column}
                mode={mode}
                isSeenOnly={isSeenOnly}
                link={link}
              />
            ))}
          </div>
        </section>
      )}
    </>
  );
}

function Legend({ mode }: { readonly mode: Mode }) {
  return (
    <ul className={styles.legend} aria-label="Colours">
      {SHADES_OF[mode].map((shade) => (
        <li key={shade}>
          <span className={`${styles.swatch} ${styles[shade]}`} aria-hidden="true">
            {SHADES[shade].mark}
          </span>
          {SHADES[shade].label}
        </li>
      ))}
    </ul>
  );
}

interface ColumnProps {
  readonly column: Column;
  readonly mode: Mode;
  readonly isSeenOnly: boolean;
  readonly link: EventsLink;
}

function TacticColumn({ column: { tactic, cells, seen }, mode, isSeenOnly, link }: ColumnProps) {
  const shown = isSeenOnly ? cells.filter(({ events }) => events > 0) : cells;
  return (
    <section className={styles.column} aria-label={tactic.name}>
      <h2 className={styles.tactic}>
        {tactic.name}
        <span className={styles.share}>
          {seen} of {cells.length}
        </span>
      </h2>
      <ul className={styles.cells}>
        {shown.map((cell) => (
          <TechniqueCell key={cell.id} cell={cell} mode={mode} link={link} />
        ))}
      </ul>
    </section>
  );
}

function TechniqueCell({
  cell,
  mode,
  link,
}: {
  readonly cell: Cell;
  readonly mode: Mode;
  readonly link: EventsLink;
}) {
  const [isOpen, setOpen] = useState(false);
  const subs = cell.subs.filter(({ events }) => events > 0);
  return (
    <li>
      <Named id={cell.id} name={cell.name} counts={cell} own={cell.own} mode={mode} link={link} />
      {subs.length > 0 && (
        <Button className={styles.more} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? '−' : '+'} {subs.length} sub-technique{subs.length === 1 ? '' : 's'}
        </Button>
      )}
      {isOpen && (
        <ul className={styles.subs}>
          {subs.map((sub) => (
            <li key={sub.id}>
              <Named id={sub.id} name={sub.name} counts={sub} own={sub} mode={mode} link={link} />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** A technique that was named opens its events; one that was not is only text. */
function Named({
  id,
  name,
  counts,
  own,
  mode,
  link,
}: {
  readonly id: string;
  readonly name: string;
  readonly counts: Counts;
  readonly own: Counts;
  readonly mode: Mode;
  readonly link: EventsLink;
}) {
  const shade = shadeOf(counts, mode);
  const count = countOf(counts, mode);
  const face = (
    <>
      <span className={styles.name}>{name}</span>
      <span className={styles.numbers}>
        <code>{id}</code>
        {count > 0 && (
          <span>
            {SHADES[shade].mark} {count.toLocaleString()}
          </span>
        )}
      </span>
    </>
  );
  const look = `${styles.cell} ${styles[shade]}`;
  // The events of a sub-technique are found by its own name.
  if (own.events === 0) return <div className={look}>{face}</div>;
  return (
    <Link
      className={look}
      to="/events"
      search={{ technique: id, ...link } as never}
      title={`${counts.events} events, ${counts.findings} findings: ${counts.critical} critical, ${counts.high} high`}
    >
      {face}
    </Link>
  );
}
