import { Copy } from './copy.tsx';
import { escaped } from './escape-text.ts';
import styles from './id.module.css';
import { shorten } from './shorten.ts';

export interface IdProps {
  /** A hash, key id, UUID or the like; whole on hover, and by the copy button. */
  readonly value: string;
  /** What it is, for the copy button: `event id`. */
  readonly what: string;
  /** Shows it whole. */
  readonly full?: boolean;
  /** No copy button: for a cell of a table, where the row's page has one. */
  readonly bare?: boolean;
}

export function Id({ value, what, full = false, bare = false }: IdProps) {
  return (
    <span className={styles.id}>
      <code title={full ? undefined : escaped(value)}>{full ? escaped(value) : shorten(value)}</code>
      {!bare && <Copy value={value} what={what} />}
    </span>
  );
}
