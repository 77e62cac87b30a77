import type { ReactNode } from 'react';
import styles from './layout.module.css';
import { TenantSwitch } from './tenant-switch.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { UserMenu } from './user-menu.tsx';

export function Header({ menu, onHelp }: { readonly menu: ReactNode; readonly onHelp: () => void }) {
  return (
    <header className={styles.header}>
      {menu}
      <TenantSwitch />
      <span className={styles.grow} />
      <ThemeSwitch />
      <UserMenu onHelp={onHelp} />
    </header>
  );
}
