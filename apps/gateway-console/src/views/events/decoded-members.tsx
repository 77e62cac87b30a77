import type { JsonObject } from '@nyxera/federation-protocol/strict-json';
import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import styles from './event.module.css';
import { membersOf } from './members-of.ts';

const AT_FIRST = 200;

/** The payload, decoded from the signed bytes in this browser: not what the gateway says that it holds. */
export function DecodedMembers({ payload }: { readonly payload: JsonObject | null }) {
  const [isWhole, setWhole] = useState(false);
  const members = useMemo(() => (payload === null ? [] : membersOf(payload)), [payload]);
  const shown = isWhole ? members : members.slice(0, AT_FIRST);
  return (
    <Panel
      title="Members of the event"
      about="Decoded here from the signed bytes; numbers stand as they were written."
    >
      {members.length === 0 ? (
        <EmptyState title="The stored bytes hold no such event" />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so that a keyboard must reach it
        <section className={styles.members} tabIndex={0} aria-label="Decoded members">
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Member</th>
                <th scope="col">Value</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ pointer, value, kind }) => (
                <tr key={pointer}>
                  <th scope="row">
                    <Text mono value={pointer} most={200} />
                  </th>
                  <td>
                    <Text value={value} mono={kind === 'other'} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {shown.length < members.length && (
            <Button onClick={() => setWhole(true)}>Show all {members.length.toLocaleString()} members</Button>
          )}
        </section>
      )}
    </Panel>
  );
}
