import { Link } from '@tanstack/react-router';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/page.tsx';
import { useCodes } from '../refusals/use-codes.ts';
import styles from './overview.module.css';
import type { Overview } from './use-overview.ts';

/** Why requests were refused in this hour, the most frequent first. */
export function RefusedCodes({ traffic }: Pick<Overview, 'traffic'>) {
  const codes = useCodes();
  return (
    <Panel title="Refused, and why">
      {traffic.refused.length === 0 ? (
        <EmptyState title="Nothing was refused in this hour">
          What was refused before stands under <Link to="/refusals">Refusals</Link>.
        </EmptyState>
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col" data-align="end">
                Refusals
              </th>
            </tr>
          </thead>
          <tbody>
            {traffic.refused.map(({ code, entries, written }) => (
              <tr key={code}>
                <th scope="row">
                  <Link to="/refusals" search={{ code, from: traffic.from }}>
                    {code}
                  </Link>
                  <p className={styles.advice}>{codes.get(code)?.meaning}</p>
                </th>
                <td data-align="end">
                  {written === 'samples' && (
                    <span title="Only some are written down; the metrics count all">≥ </span>
                  )}
                  {entries.toLocaleString()}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
