import type { ReactNode } from 'react';
import styles from './empty-state.module.css';

/** Nothing to show: says what that means, and what to do about it. */
export function EmptyState({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <p className={styles.title}>{title}</p>
      {children !== undefined && <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
}

/** Something is on its way; said to a screen reader, and seen only when it takes long. */
export function Loading({ what = 'Loading' }: { readonly what?: string }) {
  return (
    <p className={styles.loading} role="status" data-loading="">
      {what}…
    </p>
  );
}
