import { useAnswer } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';
import { allRows, type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Text } from '../../components/text.tsx';
import styles from './feedback.module.css';
import { lifeOf } from './life.ts';
import { ActionBadge } from './words.tsx';

export const SETTINGS = '/feedback/settings';
type Rule = Answer<typeof SETTINGS>['rules'][number];

const COLUMNS: readonly Column<Rule>[] = [
  {
    id: 'rule',
    title: 'Rule',
    card: 'title',
    width: 'minmax(9rem, 1fr)',
    cell: (row) => <code>{row.id}</code>,
  },
  { id: 'when', title: 'When', width: 'minmax(12rem, 2fr)', cell: (row) => <Text value={row.when} /> },
  { id: 'action', title: 'Action', width: '7rem', cell: (row) => <ActionBadge action={row.adjust.action} /> },
  {
    id: 'confidence',
    title: 'Confidence',
    width: '6.5rem',
    align: 'end',
    cell: (row) => row.adjust.confidence.toFixed(2),
  },
  { id: 'life', title: 'Lives', width: '7rem', cell: (row) => lifeOf(row.adjust.ttl_seconds) },
  {
    id: 'rationale',
    title: 'Rationale',
    width: 'minmax(12rem, 2fr)',
    cell: (row) => <Text value={row.adjust.rationale} />,
  },
];

/** The rules as the gateway runs them; they are changed in its file, not here. */
export function RulesTab() {
  const settings = useAnswer(SETTINGS);
  return (
    <div className={styles.tab}>
      <Answered of={settings}>
        {(data) => (
          <>
            <p className={styles.note}>
              Graph rules are tried in order and the first that holds decides; every finding rule that holds
              does, again and again while the finding is open. They are read from the file of{' '}
              <code>VV_TG_FEEDBACK_RULES_PATH</code>.{' '}
              {data.two_person_deny
                ? 'What analysts change about a deny needs a second person here.'
                : 'One analyst alone can issue, shorten and withdraw a deny; VV_TG_CONSOLE_TWO_PERSON_DENY=1 asks for two.'}
            </p>
            <DataTable
              label="Rules"
              columns={COLUMNS}
              list={allRows(data.rules)}
              rowKey={(row) => `${row.cause}/${row.id}`}
              empty={<EmptyState title="No rules">Only analysts cause adjustments here.</EmptyState>}
            />
          </>
        )}
      </Answered>
    </div>
  );
}
