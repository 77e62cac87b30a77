import { Tabs as BaseTabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { useFilters } from '../shell/use-filters.ts';
import styles from './tabs.module.css';

export interface Tab {
  /** What the address says: `?tab=keys`. */
  readonly id: string;
  readonly label: string;
  readonly content: ReactNode;
}

/** Tabs that a link remembers; the first one needs no parameter. The route's `validateSearch` names `param`. */
export function Tabs({
  label,
  tabs,
  param = 'tab',
}: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly param?: string;
}) {
  const { values, set } = useFilters();
  const first = tabs[0]?.id ?? '';
  const current = tabs.some((tab) => tab.id === values[param]) ? values[param] : first;
  return (
    <BaseTabs.Root
      value={current}
      onValueChange={(id: string) => set({ [param]: id === first ? undefined : id })}
    >
      <BaseTabs.List className={styles.list} aria-label={label}>
        {tabs.map((tab) => (
          <BaseTabs.Tab key={tab.id} value={tab.id} className={styles.tab}>
            {tab.label}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {tabs.map((tab) => (
        <BaseTabs.Panel key={tab.id} value={tab.id} className={styles.panel}>
          {tab.content}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}
