import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMay } from '../../api/session.ts';
import { Page } from '../../components/page.tsx';
import styles from './trust.module.css';

/** `all`: of no tenant, so only for who sees all. */
const SECTIONS = [
  { to: '/trust', label: 'Keys', all: false },
  { to: '/trust/identities', label: 'Identities', all: true },
  { to: '/trust/tenants', label: 'Tenants', all: false },
  { to: '/trust/mappings', label: 'Mappings', all: false },
  { to: '/trust/rotations', label: 'Rotations', all: false },
  { to: '/trust/upkeep', label: 'Certificates and upkeep', all: false },
] as const;

/** A list of the trust view, under the links to the others. */
export function TrustSection({
  title,
  about,
  actions,
  children,
}: {
  readonly title: string;
  readonly about: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const seesAll = useMay('operator', 'officer');
  return (
    <Page title={`Trust: ${title}`} about={about} actions={actions}>
      <nav className={styles.sections} aria-label="Parts of trust">
        {SECTIONS.filter(({ all }) => seesAll || !all).map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            className={styles.section}
            activeOptions={{ exact: true, includeSearch: false }}
            activeProps={{ 'aria-current': 'page' }}
          >
            {label}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  );
}
