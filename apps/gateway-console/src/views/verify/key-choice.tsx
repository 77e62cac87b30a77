import { useId, useState } from 'react';
import { api } from '../../api/client.ts';
import { State } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { FileDrop } from './file-drop.tsx';
import styles from './verify.module.css';

export interface ChosenKey {
  readonly text: string;
  /** It came from this gateway: what it proves, the gateway could have arranged. */
  readonly isOfGateway: boolean;
}

/** Keys are short; what is longer is another file. */
const MOST = 256 * 1024;

/** Pasted, from a file, kept in this browser, or, with a warning, from the gateway. */
export function KeyChoice({
  kept,
  chosen,
  onChoose,
  isUsable,
}: {
  readonly kept: string | null;
  readonly chosen: ChosenKey | null;
  readonly onChoose: (key: ChosenKey | null) => void;
  readonly isUsable: (text: string) => boolean;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const [fault, setFault] = useState('');
  const choose = (typed: string, isOfGateway: boolean): void => {
    const isKey = isUsable(typed);
    setFault(
      isKey
        ? ''
        : 'There is no verifier key of one log in it. It looks like gateway.example/audit+4ab1c2d3+AT…',
    );
    if (isKey) onChoose({ text: typed.trim(), isOfGateway });
  };
  const ask = async (): Promise<void> => {
    const answer = await api.GET('/audit/log').catch(() => null);
    const keys = answer?.data?.keys;
    if (keys === undefined) setFault('The gateway names no key of its log.');
    else choose(keys.join('\n'), true);
  };
  return (
    <div className={styles.key}>
      <p role="status">
        {chosen === null && kept === null && (
          <State tone="warn">
            none given: the file’s own is used, which proves that the file agrees with itself
          </State>
        )}
        {chosen === null && kept !== null && <State tone="ok">the one that is kept in this browser</State>}
        {chosen?.isOfGateway === true && (
          <State tone="warn">
            from this gateway: who could forge the log could forge this answer as well
          </State>
        )}
        {chosen?.isOfGateway === false && <State tone="ok">the one that you gave</State>}
      </p>
      {chosen !== null && <pre className={styles.bytes}>{chosen.text}</pre>}
      <label htmlFor={id}>Verifier key, as “vectorvue-gateway audit key” prints it</label>
      <textarea
        id={id}
        className={styles.area}
        rows={2}
        value={text}
        spellCheck={false}
        aria-invalid={fault !== ''}
        aria-describedby={fault === '' ? undefined : `${id}-fault`}
        onChange={(change) => setText(change.target.value)}
      />
      {fault !== '' && (
        <p id={`${id}-fault`} className={styles.fault}>
          {fault}
        </p>
      )}
      <div className={styles.buttons}>
        <Button tone="primary" disabled={text.trim() === ''} onClick={() => choose(text, false)}>
          Use this key
        </Button>
        <Button onClick={() => void ask()}>Ask the gateway for its key (proves less)</Button>
        {chosen !== null && <Button onClick={() => onChoose(null)}>Put the key away</Button>}
      </div>
      <FileDrop label="Or a file with the key" most={MOST} onText={(read) => choose(read, false)} />
    </div>
  );
}
