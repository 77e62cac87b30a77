import { Link } from '@tanstack/react-router';
import { useSession } from '../api/session.ts';
import { Icon } from '../components/icon.tsx';
import styles from './layout.module.css';
import { NAVIGATION } from './navigation.ts';

export function SideNavigation() {
  const session = useSession();
  return (
    <div className={styles.navigation}>
      <p className={styles.brand}>
        <Icon name="brand" />
        <span>
          VectorVue <small>gateway</small>
        </span>
      </p>
      <nav aria-label="Views">
        {NAVIGATION.map((group) => (
          <section key={group.label} aria-label={group.label}>
            <p className={styles.group}>{group.label}</p>
            <ul>
              {group.items.map(({ to, label, icon }) => (
                <li key={to}>
                  <Link
                    to={to}
                    className={styles.item}
                    activeOptions={{ exact: to === '/', includeSearch: false }}
                  >
                    <Icon name={icon} />
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      {session !== undefined && <p className={styles.version}>Version {session.gateway.version}</p>}
    </div>
  );
}
