import { Menu } from '@base-ui/react/menu';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type Session, useSession } from '../api/session.ts';
import { localTime, readTime } from '../components/format-time.ts';
import { Icon } from '../components/icon.tsx';
import menu from '../components/menu.module.css';
import { Text } from '../components/text.tsx';
import { leave } from './enter.ts';
import styles from './layout.module.css';

/** Who is signed in, as what, until when; and the way out. */
export function UserMenu({ onHelp }: { readonly onHelp: () => void }) {
  const session = useSession();
  const cache = useQueryClient();
  const navigate = useNavigate();
  if (session === undefined) return null;
  const signOut = async (): Promise<void> => {
    await leave().catch(() => {
      // The session was over, or the gateway is away: then the cookie dies by its own age.
    });
    await navigate({ to: '/sign-in' });
    cache.clear();
  };
  return (
    <Menu.Root>
      <Menu.Trigger className={styles.user}>
        <Icon name="user" />
        <span className={styles.who}>
          <span className={styles.name}>
            <Text value={session.name} most={60} />
          </span>
          <small>{ROLE_NAMES[session.role]}</small>
        </span>
        <Icon name="chevron" size={14} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className={menu.positioner}>
          <Menu.Popup className={menu.popup}>
            <p className={menu.heading}>
              {ROLE_NAMES[session.role]} of {reach(session)}
              <br />
              Signed in by {session.method}, until {until(session)}
            </p>
            <div className={menu.line} />
            <Menu.Item className={menu.item} onClick={onHelp}>
              <Icon name="keyboard" size={16} /> Keyboard <kbd>?</kbd>
            </Menu.Item>
            <Menu.Item className={menu.item} onClick={() => void signOut()}>
              <Icon name="out" size={16} /> Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

export const ROLE_NAMES = {
  viewer: 'Viewer',
  analyst: 'Analyst',
  operator: 'Operator',
  officer: 'Security officer',
} as const;

function reach(session: Session): string {
  if (session.all_tenants) return 'every tenant';
  return session.tenants.length === 1 ? 'one tenant' : `${session.tenants.length} tenants`;
}

function until(session: Session): string {
  const end = readTime(session.expires_at);
  return end === null ? 'its end' : localTime(end).slice(11, 16);
}
