import { Link } from '@tanstack/react-router';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import styles from './attack.module.css';
import { ATTACK_TABLE } from './attack-table.ts';
import type { Elsewhere } from './matrix.ts';
import type { EventsLink } from './matrix-view.tsx';

/** What events name and the matrix does not have. */
export function ElsewherePanel({
  rows,
  more,
  link,
}: {
  readonly rows: readonly Elsewhere[];
  readonly more: boolean;
  readonly link: EventsLink;
}) {
  if (rows.length === 0 && !more) return null;
  return (
    <Panel
      title="Named, and in no column"
      about={`Identifiers that events carry and ATT&CK ${ATTACK_TABLE.version} has not, or no more.`}
    >
      {more && (
        <p>Only the techniques with most events are shown; there are more than 2,000 different ones.</p>
      )}
      <ul className={styles.elsewhere}>
        {rows.map((row) => (
          <li key={row.id}>
            <Link to="/events" search={{ technique: row.id, ...link } as never}>
              <Text value={row.id} mono />
            </Link>{' '}
            {row.former?.name} <span className={styles.share}>{stateOf(row)}</span>{' '}
            <span>{row.events.toLocaleString()} events</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function stateOf({ former }: Elsewhere): string {
  if (former === null) return 'unknown';
  return former.replacedBy === null ? former.state : `${former.state}, now ${former.replacedBy}`;
}
