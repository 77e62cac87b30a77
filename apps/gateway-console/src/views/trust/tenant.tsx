import { Link, useParams } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState, Loading } from '../../components/empty-state.tsx';
import { FaultNote } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { ActionButton } from './action-dialog.tsx';
import { changeState, mapTo, unmap } from './tenant-actions.ts';
import { openFindings, type TenantRow, TenantState } from './tenants.tsx';
import styles from './trust.module.css';

/** One tenant: its state, and who is mapped to it. */
export function Tenant() {
  const { tenant } = useParams({ from: '/console/trust/tenants/$tenant' });
  const list = useList('/trust/tenants', { tenant });
  const [row] = list.rows;
  const mayChange = useMay('officer');
  return (
    <Page
      title={`Tenant ${row?.name ?? tenant}`}
      heading={
        <>
          <Text value={row?.name ?? tenant} /> {row !== undefined && <TenantState state={row.state} />}
        </>
      }
      actions={mayChange && row !== undefined && <ActionButton of={changeState(row.tenant_id, row.state)} />}
    >
      <FaultNote error={list.error} />
      {list.isPending && list.error === null && <Loading />}
      {!list.isPending && list.error === null && row === undefined && <EmptyState title="No such tenant" />}
      {row !== undefined && <Whole of={row} mayChange={mayChange} />}
    </Page>
  );
}

function Whole({ of, mayChange }: { readonly of: TenantRow; readonly mayChange: boolean }) {
  const tenant = of.tenant_id;
  const mapped = useList('/trust/mappings', { tenant });
  return (
    <>
      <Panel title="Facts">
        <Facts>
          <Fact name="Id">
            <Id value={tenant} what="tenant" full />
          </Fact>
          <Fact name="Open findings">
            <Link to="/findings" search={{ tenant } as never}>
              {openFindings(of)}
            </Link>
          </Fact>
          <Fact name="Last event">
            <Time at={of.last_event_at} none="never" relative />
          </Fact>
          <Fact name="Made">
            <Time at={of.created_at} />
          </Fact>
          <Fact name="Keys">
            <Link to="/trust" search={{ tenant }}>
              those that concern it
            </Link>
          </Fact>
        </Facts>
      </Panel>
      <Panel
        title="Operators"
        about="Events of these belong to the tenant; of nobody else."
        actions={mayChange && <ActionButton of={mapTo(tenant)} />}
      >
        <FaultNote error={mapped.error} />
        <ul className={styles.rows}>
          {mapped.rows.map((row) => (
            <li key={row.operator_id} className={styles.row}>
              <Text value={row.operator_id} />
              <span className={styles.quiet}>
                since <Time at={row.created_at} /> ({row.source})
              </span>
              {mayChange && <ActionButton of={unmap(row.operator_id)} />}
            </li>
          ))}
        </ul>
        {mapped.rows.length === 0 && mapped.error === null && !mapped.isPending && (
          <p className={styles.quiet}>No operator is mapped: nothing can come in for it.</p>
        )}
        {mapped.isMore && <Button onClick={mapped.loadMore}>Load more</Button>}
      </Panel>
    </>
  );
}
