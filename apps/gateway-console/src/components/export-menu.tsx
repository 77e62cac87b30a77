import { Menu } from '@base-ui/react/menu';
import type { ReactNode } from 'react';
import type { ListPath, Params, Query } from '../api/types.ts';
import { buttonClass } from './button.tsx';
import { exportAddress } from './export-address.ts';
import { Icon } from './icon.tsx';
import styles from './menu.module.css';

/** The whole list behind the filters as a file, streamed by the gateway: not only what is loaded here. */
export function ExportMenu<P extends ListPath>({
  path,
  params = {},
  query,
}: {
  readonly path: P;
  readonly params?: Params;
  readonly query: Query;
}) {
  return (
    <ExportChoices>
      <Menu.Item
        className={styles.item}
        render={<a download href={exportAddress(path, params, query, 'csv')} />}
      >
        CSV, for a spreadsheet
      </Menu.Item>
      <Menu.Item
        className={styles.item}
        render={<a download href={exportAddress(path, params, query, 'jsonl')} />}
      >
        JSON lines, for a program
      </Menu.Item>
    </ExportChoices>
  );
}

/** The button and the menu around what can be exported: `<Menu.Item>`s. */
export function ExportChoices({ children }: { readonly children: ReactNode }) {
  return (
    <Menu.Root>
      <Menu.Trigger className={buttonClass}>
        <Icon name="download" size={16} /> Export
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className={styles.positioner}>
          <Menu.Popup className={styles.popup}>{children}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
