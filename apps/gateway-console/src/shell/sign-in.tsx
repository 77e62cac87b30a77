import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { useAnswer } from '../api/hooks.ts';
import { Refusal } from '../api/refusal.ts';
import { sessionQuery } from '../api/session.ts';
import { Loading } from '../components/empty-state.tsx';
import { FaultNote } from '../components/fault-note.tsx';
import { Icon } from '../components/icon.tsx';
import { AwayBar } from './away-bar.tsx';
import { enterByCertificate, enterByLink } from './enter.ts';
import { heldLink, holdsLink } from './link-token.ts';
import styles from './sign-in.module.css';
import { SignInWays } from './sign-in-ways.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { keepWayBack, takeWayBack, wayBack } from './way-back.ts';

const route = getRouteApi('/sign-in');

/** A one-time link signs in by itself; without one it says how to get in here. */
export function SignIn() {
  const { back, refused } = route.useSearch();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const ways = useAnswer('/sign-in');
  const [isBusy, setBusy] = useState(holdsLink);
  const [error, setError] = useState<Error | null>(null);
  const enter = useCallback(
    async (way: () => Promise<void>) => {
      setBusy(true);
      setError(null);
      try {
        await way();
        // Nothing that somebody else has read on this page stays.
        cache.clear();
        const { to, search } = wayBack(back ?? takeWayBack());
        await navigate({ to, search: search as never, replace: true });
      } catch (thrown) {
        setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
        setBusy(false);
      }
    },
    [back, cache, navigate],
  );
  useEffect(() => {
    document.title = 'Sign in · VectorVue gateway';
    const token = heldLink();
    if (token !== null) void enter(() => enterByLink(token));
  }, [enter]);
  useEffect(() => {
    if (back === undefined) return;
    keepWayBack(back);
    // A link that was opened in another tab has signed in this one, too.
    const look = (): void =>
      void cache.fetchQuery(sessionQuery).then(
        () => enter(async () => {}),
        () => {},
      );
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [back, cache, enter]);
  return (
    <div className={styles.page}>
      <AwayBar />
      <main className={styles.card}>
        <div className={styles.brand}>
          <Icon name="brand" size={24} />
          <span>VectorVue gateway</span>
          <ThemeSwitch />
        </div>
        <h1>Sign in</h1>
        {back !== undefined && error === null && !isBusy && (
          <p className={styles.note}>
            Nobody is signed in here, or the session has ended. After signing in you are back where you were.
          </p>
        )}
        <SignInFault error={error} />
        {refused !== undefined && error === null && !isBusy && (
          <p className={styles.refused} role="alert">
            The identity provider did not sign you in: it did not vouch for somebody who is a user of this
            console. An operator adds users with <code>vectorvue-gateway console user add</code>.
          </p>
        )}
        {isBusy ? (
          <Loading what="Signing in" />
        ) : (
          <SignInWays
            ways={ways.data}
            error={ways.error}
            back={back}
            onCertificate={() => void enter(enterByCertificate)}
          />
        )}
      </main>
    </div>
  );
}

function SignInFault({ error }: { readonly error: Error | null }) {
  if (!(error instanceof Refusal) || error.code !== 'sign_in_refused') return <FaultNote error={error} />;
  return (
    <p className={styles.refused} role="alert">
      This did not sign you in: {error.message}.
    </p>
  );
}
