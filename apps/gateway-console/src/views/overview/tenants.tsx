import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { State } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Id } from '../../components/id.tsx';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import styles from './overview.module.css';
import type { Overview } from './use-overview.ts';

/** Rows before "show all". */
const FIRST = 10;

/** The busiest first. */
export function Tenants({ tenants }: Pick<Overview, 'tenants'>) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? tenants : tenants.slice(0, FIRST);
  return (
    <Panel title="Tenants by volume">
      {tenants.length === 0 ? (
        <EmptyState title="No tenant yet">
          A tenant is made by <code>vectorvue-gateway tenant create</code>, or declared in the environment.
        </EmptyState>
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col" data-align="end">
                Accepted
              </th>
              <th scope="col" data-align="end">
                Duplicates
              </th>
              <th scope="col" data-align="end">
                Refused
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.tenant_id}>
                <th scope="row">
                  <Link to="/events" search={{ tenant: row.tenant_id }}>
                    {row.name === null ? (
                      <Id value={row.tenant_id} what="tenant" bare />
                    ) : (
                      <Text value={row.name} most={60} />
                    )}
                  </Link>{' '}
                  {row.state === 'suspended' && <State tone="warn">suspended</State>}
                </th>
                <td data-align="end">{row.accepted.toLocaleString()}</td>
                <td data-align="end">{row.duplicate.toLocaleString()}</td>
                <td data-align="end">{row.refused.toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {tenants.length > FIRST && (
        <Button onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show the busiest' : `Show all ${tenants.length}`}
        </Button>
      )}
    </Panel>
  );
}
