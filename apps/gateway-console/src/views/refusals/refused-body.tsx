import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Answer, Changed } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Panel } from '../../components/page.tsx';
import { ReasonDialog } from '../../components/reason-dialog.tsx';
import { Text } from '../../components/text.tsx';
import { asHex, asText, bytesOf } from './body-bytes.ts';
import styles from './refusals.module.css';

type Found = Answer<'/refusals/{sequence}'>;
type Shown = Changed<'/refusals/{sequence}/body'>;

interface Props {
  readonly sequence: string;
  readonly kept: Found['body'];
  readonly hasEvidence: boolean;
  readonly entry: Found['entry'];
}

/** What was sent is hostile until shown otherwise: it is fetched by a deliberate act, with a reason, by who may. */
export function RefusedBody({ sequence, kept, hasEvidence, entry }: Props) {
  const may = useMay('operator', 'officer');
  const show = useChange('/refusals/{sequence}/body');
  const [isAsking, setAsking] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  return (
    <Panel
      title="What was sent"
      actions={
        kept !== null &&
        may &&
        shown === null && <Button onClick={() => setAsking(true)}>Show the body…</Button>
      }
    >
      {shown !== null ? (
        <Body shown={shown} />
      ) : (
        <p className={styles.note}>{describeKept(kept, hasEvidence, entry, may)}</p>
      )}
      <ReasonDialog
        title="Show what was sent?"
        about="These bytes come from whoever sent the request. They are shown as text and as hex, and nothing of them is run. Who looked, and why, is kept in the audit log."
        confirm="Show the body"
        open={isAsking}
        onClose={() => setAsking(false)}
        submit={async (reason) =>
          setShown(await show.mutateAsync({ params: { sequence }, body: { reason } }))
        }
      />
    </Panel>
  );
}

function describeKept(
  kept: Found['body'],
  hasEvidence: boolean,
  entry: Found['entry'],
  may: boolean,
): string {
  if (kept !== null) {
    const size = `${kept.body_bytes.toLocaleString()} bytes${kept.truncated ? ', of which the first 64 KiB are kept' : ''}`;
    return may ? `${size}.` : `${size}. Operators and security officers can look at them.`;
  }
  if (hasEvidence) {
    return 'Other events of the same batch were taken, so the whole body is kept as evidence with them.';
  }
  return entry.identity === null || entry.kid === null
    ? 'It is not kept: no trusted key vouched for it, and a stranger must not fill the store.'
    : 'It is not kept, or not any more.';
}

function Body({ shown }: { readonly shown: Shown }) {
  const [isHex, setHex] = useState(false);
  const bytes = bytesOf(shown.body);
  return (
    <>
      <Facts>
        <Fact name="Size">
          {shown.body_bytes.toLocaleString()} bytes
          {shown.truncated && `; the first ${bytes.length.toLocaleString()} are kept and shown`}
        </Fact>
        <Fact name="SHA-256">
          <Id value={shown.shown_sha256} what="SHA-256 of the bytes shown" full />
        </Fact>
      </Facts>
      <div>
        <Button aria-pressed={isHex} onClick={() => setHex(!isHex)}>
          {isHex ? 'As text' : 'As hex'}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <section className={styles.body} aria-label="The body" tabIndex={0}>
        <Text key={String(isHex)} block mono most={8000} value={isHex ? asHex(bytes) : asText(bytes)} />
      </section>
    </>
  );
}
