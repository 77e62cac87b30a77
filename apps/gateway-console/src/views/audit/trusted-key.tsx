import { useId, useState } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import { State } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Panel } from '../../components/page.tsx';
import styles from './audit.module.css';
import { keepTrustedKey, useTrustedKey } from './use-trusted-key.ts';

/** By which key everything here is verified: the gateway's word, or one that the reader has from elsewhere. */
export function TrustedKey() {
  const trusted = useTrustedKey();
  const answer = useAnswer('/audit/log');
  return (
    <>
      <Panel
        title="Key that you trust"
        about="A key from the gateway proves that the gateway agrees with itself. One that you got elsewhere, printed by “vectorvue-gateway audit key” or from a witness, proves whose log this is."
      >
        {trusted === null ? (
          <State tone="warn">none is kept in this browser: the gateway’s own is used</State>
        ) : (
          <>
            <State tone="ok">used for everything on these pages, in this browser</State>
            <pre className={styles.bytes}>{trusted}</pre>
          </>
        )}
        <KeyForm isKept={trusted !== null} />
      </Panel>
      <Panel title="Keys that the gateway names" about="Of the log, also retired ones, and of its witnesses.">
        <Answered of={answer}>
          {(data) => (
            <Facts>
              {data.keys.map((key) => (
                <Fact key={key} name={`log ${data.log}`}>
                  <Id value={key} what="verifier key" full />
                </Fact>
              ))}
              {data.witnesses.map((witness) => (
                <Fact key={`${witness.identity} ${witness.kid}`} name={`witness ${witness.identity}`}>
                  <Id value={witness.key ?? witness.kid} what="verifier key" full /> ({witness.state})
                </Fact>
              ))}
            </Facts>
          )}
        </Answered>
      </Panel>
    </>
  );
}

function KeyForm({ isKept }: { readonly isKept: boolean }) {
  const id = useId();
  const [text, setText] = useState('');
  const [isRefused, setRefused] = useState(false);
  const keep = (): void => {
    const isTaken = keepTrustedKey(text);
    setRefused(!isTaken);
    if (isTaken) setText('');
  };
  return (
    <form
      className={styles.form}
      onSubmit={(submit) => {
        submit.preventDefault();
        keep();
      }}
    >
      <label htmlFor={id}>Verifier key of the log (C2SP), or the output of “audit key”</label>
      <textarea
        id={id}
        className={styles.area}
        rows={3}
        value={text}
        spellCheck={false}
        aria-invalid={isRefused}
        aria-describedby={isRefused ? `${id}-fault` : undefined}
        onChange={(change) => setText(change.target.value)}
      />
      {isRefused && (
        <p id={`${id}-fault`} className={styles.fault}>
          There is no verifier key of one log in it. It looks like gateway.example/audit+4ab1c2d3+AT…
        </p>
      )}
      <div className={styles.buttons}>
        <Button type="submit" tone="primary">
          Keep this key
        </Button>
        {isKept && <Button onClick={() => keepTrustedKey(null)}>Forget the kept one</Button>}
      </div>
    </form>
  );
}
