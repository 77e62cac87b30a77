import type { ReactNode } from 'react';
import { useSession } from '../api/session.ts';
import styles from './layout.module.css';
import { ThemeSwitch } from './theme-switch.tsx';

export function Header({ menu }: { readonly menu: ReactNode }) {
  const session = useSession();
  return (
    <header className={styles.header}>
      {menu}
      <span className={styles.grow} />
      <ThemeSwitch />
      {session !== undefined && (
        <p className={styles.who}>
          <span className={styles.name}>{session.name}</span>
          <small>{session.role}</small>
        </p>
      )}
    </header>
  );
}
