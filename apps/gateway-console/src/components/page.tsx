import { type ReactNode, useEffect } from 'react';
import styles from './page.module.css';

export interface PageProps {
  /** Heading, and title of the browser's tab. */
  readonly title: string;
  /** The heading where it is more than its text: an identifier, a badge. */
  readonly heading?: ReactNode;
  /** One sentence: what this page answers. */
  readonly about?: ReactNode;
  /** Buttons at the heading's end. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** What every view is wrapped in. */
export function Page({ title, heading, about, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · VectorVue gateway`;
  }, [title]);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div className={styles.words}>
          <h1>{heading ?? title}</h1>
          {about !== undefined && <p className={styles.about}>{about}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** A framed part of a page with a heading. */
export function Panel({
  title,
  about,
  actions,
  children,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={styles.panel} aria-label={title}>
      <div className={styles.head}>
        <div className={styles.words}>
          <h2>{title}</h2>
          {about !== undefined && <p className={styles.about}>{about}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** Parts beside each other where there is room: `min` is the least width of one, in rem. */
export function Columns({ min = 22, children }: { readonly min?: number; readonly children: ReactNode }) {
  return (
    <div className={styles.columns} style={{ '--min': `${min}rem` } as React.CSSProperties}>
      {children}
    </div>
  );
}

/** Names and values: the facts of one thing. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className={styles.facts}>{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
