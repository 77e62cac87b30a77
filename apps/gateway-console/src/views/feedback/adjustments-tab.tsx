import { Link } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { buttonClass } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Panel } from '../../components/page.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { ADJUSTMENTS, AdjustmentRows } from './adjustment-table.tsx';
import styles from './feedback.module.css';
import { LifeLines } from './life-lines.tsx';

const options = (...values: readonly string[]) => values.map((value) => ({ value, label: value }));

const FIELDS: readonly FilterField[] = [
  { name: 'state', label: 'State', kind: 'select', options: options('alive', 'expired', 'withdrawn') },
  { name: 'action', label: 'Action', kind: 'select', options: options('deny', 'tighten', 'observe') },
  { name: 'cause', label: 'Cause', kind: 'select', options: options('graph', 'finding', 'analyst') },
  { name: 'target', label: 'Target', placeholder: 'urn:target:…' },
  { name: 'fingerprint', label: 'Execution', placeholder: '64 hex digits' },
  { name: 'from', label: 'Lives after', kind: 'time' },
  { name: 'to', label: 'Issued before', kind: 'time' },
];

export function AdjustmentsTab() {
  const { values: query } = useFilters('tenant', ...FIELDS.map((field) => field.name));
  const list = useList(ADJUSTMENTS, query);
  const mayIssue = useMay('analyst', 'officer');
  return (
    <div className={styles.tab}>
      <div className={styles.bar}>
        <div className={styles.filters}>
          <FilterBar fields={FIELDS} error={list.error} />
        </div>
        <div className={styles.actions}>
          {mayIssue && (
            <Link to="/feedback/issue" className={buttonClass}>
              Issue an adjustment
            </Link>
          )}
          <ExportMenu path={ADJUSTMENTS} query={query} />
        </div>
      </div>
      {list.rows.length > 0 && (
        <Panel title="Life spans" about="From issued to expired or withdrawn. The line is now.">
          <LifeLines rows={list.rows} />
        </Panel>
      )}
      <AdjustmentRows
        list={list}
        empty={
          <EmptyState title="No adjustments">
            Nothing here has caused one, or the filters leave none. Graphs and open findings cause them by the
            rules; analysts issue them.
          </EmptyState>
        }
      />
    </div>
  );
}
