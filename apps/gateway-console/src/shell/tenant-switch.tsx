import { useSession } from '../api/session.ts';
import { escaped } from '../components/escape-text.ts';
import { shorten } from '../components/shorten.ts';
import styles from './layout.module.css';
import { useFilters } from './use-filters.ts';

/** Which tenant the views show; it stays in the address from view to view (`?tenant=`). */
export function TenantSwitch() {
  const session = useSession();
  const { values, set } = useFilters('tenant');
  if (session === undefined) return null;
  const current = values.tenant ?? '';
  const [only] = session.tenants;
  if (!session.all_tenants && session.tenants.length === 1 && only !== undefined && current === '') {
    return <p className={styles.tenant}>{nameOf(only.tenant_id, only.name)}</p>;
  }
  return (
    <label className={styles.tenant}>
      <span className={styles.tenantLabel}>Tenant</span>
      <select value={current} onChange={(change) => set({ tenant: change.target.value })}>
        <option value="">
          {session.all_tenants ? 'all tenants' : `all ${session.tenants.length} of mine`}
        </option>
        {current !== '' && !session.tenants.some((tenant) => tenant.tenant_id === current) && (
          <option value={current}>{shorten(current)}</option>
        )}
        {session.tenants.map((tenant) => (
          <option key={tenant.tenant_id} value={tenant.tenant_id}>
            {nameOf(tenant.tenant_id, tenant.name)}
            {tenant.state === 'suspended' && ' (suspended)'}
          </option>
        ))}
      </select>
    </label>
  );
}

function nameOf(id: string, name: string | null): string {
  return name === null || name === '' ? shorten(id) : escaped(name);
}
