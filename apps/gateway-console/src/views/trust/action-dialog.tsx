import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { faultsOf, Refusal } from '../../api/refusal.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Loading } from '../../components/empty-state.tsx';
import { escaped } from '../../components/escape-text.ts';
import { FaultNote } from '../../components/fault-note.tsx';
import { Field } from '../../components/field.tsx';
import { REASON_MAX } from '../../components/reason-dialog.tsx';
import { Text } from '../../components/text.tsx';
import { type ActionBody, type ActionField, bodyOf } from './action-body.ts';
import { ActionFields } from './action-fields.tsx';
import { Consequences } from './consequences.tsx';
import styles from './trust.module.css';
import { type TrustAction, useTrustAction } from './use-trust-action.ts';

export interface Action {
  readonly action: TrustAction;
  /** As a heading and on the button: `Revoke the key`. */
  readonly title: string;
  readonly tone?: 'plain' | 'primary' | 'danger';
  /** What is known already. */
  readonly input?: ActionBody;
  /** What is asked first; without, what it does is shown at once. */
  readonly fields?: readonly ActionField[];
  readonly about?: ReactNode;
}

/** A button that opens the dialog of an action. Show it to officers only: the gateway refuses everybody else. */
export function ActionButton({ of }: { readonly of: Action }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button tone={of.tone ?? 'plain'} onClick={() => setOpen(true)}>
        {of.title}
      </Button>
      {isOpen && <ActionDialog of={of} onClose={() => setOpen(false)} />}
    </>
  );
}

/** What it will do, as the gateway has tried it out; then the reason, and the name where something ends. */
function ActionDialog({ of, onClose }: { readonly of: Action; readonly onClose: () => void }) {
  const { title, about, fields = [], input = {} } = of;
  const state = useTrustAction(of.action);
  const { preview, error, isBusy } = state;
  const faults = faultsOf(error);
  const asksFirst = fields.length > 0;
  // Once, when the dialog opens.
  useEffect(() => {
    if (!asksFirst) void state.look(input);
  }, []);
  const look = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void state.look({ ...input, ...bodyOf(fields, new FormData(event.currentTarget)) });
  };
  return (
    <Dialog title={title} about={about} open onClose={onClose}>
      {asksFirst && (
        // Kept while what it does is shown: going back finds what was typed.
        <form className={styles.form} onSubmit={look} hidden={preview !== null}>
          <ActionFields fields={fields} faults={faults} />
          {faults.length === 0 && <FaultNote error={preview === null ? error : null} />}
          <div className={styles.buttons}>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" disabled={isBusy}>
              {isBusy ? 'Looking…' : 'See what it does'}
            </Button>
          </div>
        </form>
      )}
      {!asksFirst &&
        preview === null &&
        (error === null ? <Loading what="Trying it out" /> : <FaultNote error={error} />)}
      {preview !== null && (
        <Confirm of={of} state={state} onDone={onClose} onCancel={asksFirst ? state.back : onClose} />
      )}
    </Dialog>
  );
}

interface ConfirmProps {
  readonly of: Action;
  readonly state: ReturnType<typeof useTrustAction>;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

function Confirm({ of, state, onDone, onCancel }: ConfirmProps) {
  const { preview, error, isBusy } = state;
  if (preview === null) return null;
  const faults = faultsOf(error);
  const hasMoved = error instanceof Refusal && error.code === 'trust_moved';
  const confirm = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = (name: string): string => String(form.get(name) ?? '').trim();
    if (await state.confirm(said('reason'), said('typed'))) onDone();
  };
  return (
    <form className={styles.form} onSubmit={(event) => void confirm(event)}>
      <p>
        Afterwards: <Text value={preview.said} />.
      </p>
      <Consequences of={preview.consequences} />
      {preview.typed !== null && (
        <Field label={`Type ${escaped(preview.typed)} to confirm`} name="typed" faults={faults}>
          {(control) => <input {...control} type="text" required autoComplete="off" spellCheck={false} />}
        </Field>
      )}
      <Field label="Reason" name="reason" faults={faults} hint="It is kept in the audit log, with your name.">
        {(control) => <textarea {...control} required maxLength={REASON_MAX} rows={2} />}
      </Field>
      {faults.length === 0 && <FaultNote error={error} />}
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{hasMoved ? 'Look again' : 'Back'}</Button>
        <Button
          type="submit"
          tone={of.tone === 'danger' ? 'danger' : 'primary'}
          disabled={isBusy || hasMoved}
        >
          {isBusy ? 'Working…' : of.title}
        </Button>
      </div>
    </form>
  );
}
