import type { ReactNode } from 'react';
import { GatewayAway, Refusal } from '../api/refusal.ts';
import { Loading } from './empty-state.tsx';
import styles from './fault-note.module.css';
import { Icon } from './icon.tsx';
import { Text } from './text.tsx';

/** Why something could not be read or done. A fault of a field is said beside the field, not here. */
export function FaultNote({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <div className={styles.note} role="alert">
      <Icon name="warning" />
      <div>
        <p className={styles.title}>{titleOf(error)}</p>
        {error instanceof Refusal && (
          <p>
            <Text value={error.message} /> <code>{error.code}</code>
          </p>
        )}
      </div>
    </div>
  );
}

function titleOf(error: Error): string {
  if (error instanceof GatewayAway) return 'The gateway does not answer. The page tries again by itself.';
  if (!(error instanceof Refusal))
    return 'The console has met a fault of its own. Loading the page again may help.';
  if (error.code === 'tenant_forbidden') return 'Your session does not reach this tenant.';
  if (error.status === 403) return 'Your role may not do this. The attempt is in the audit log.';
  if (error.status === 401) return 'Your session has ended.';
  if (error.status === 404) return 'There is nothing here by that name.';
  if (error.status === 429) return 'Too many calls at once. Wait a moment.';
  return 'The gateway has refused this.';
}

/** What every view does with an answer: wait, say why not, or show. Data that is there stays when a later call fails. */
export function Answered<Data>({
  of,
  children,
}: {
  readonly of: { readonly data: Data | undefined; readonly error: Error | null };
  readonly children: (data: Data) => ReactNode;
}) {
  return (
    <>
      <FaultNote error={of.error} />
      {of.data !== undefined ? children(of.data) : of.error === null && <Loading />}
    </>
  );
}
