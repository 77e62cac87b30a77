import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { type FieldFault, faultsOf } from '../api/refusal.ts';
import { Button } from './button.tsx';
import styles from './dialog.module.css';
import { Dialog } from './dialog.tsx';
import { FaultNote } from './fault-note.tsx';
import { Field } from './field.tsx';

/** What the gateway takes as a reason, in characters. */
export const REASON_MAX = 500;

export interface ReasonDialogProps {
  readonly title: string;
  /** What will happen, and whether it can be taken back. */
  readonly about: ReactNode;
  /** The button, as a verb: `Revoke the key`. */
  readonly confirm: string;
  readonly tone?: 'primary' | 'danger';
  readonly open: boolean;
  readonly onClose: () => void;
  /** Does it: `(reason, form) => change.mutateAsync({ params, body: { reason } })`. A thrown `Refusal` is shown here. */
  readonly submit: (reason: string, form: FormData) => Promise<unknown>;
  /** More fields than the reason; give the faults on to `<Field>`. */
  readonly children?: (faults: readonly FieldFault[]) => ReactNode;
}

/** Confirmation and reason for what changes something. The gateway writes who and why into its audit log. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, about, confirm, tone = 'primary', open, onClose, submit, children } = props;
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const reason = useRef<HTMLTextAreaElement>(null);
  const faults = faultsOf(error);
  const close = (): void => {
    setError(null);
    onClose();
  };
  const send = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await submit(String(form.get('reason') ?? '').trim(), form);
      close();
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      about={about}
      open={open}
      onClose={close}
      {...(children === undefined ? { first: reason } : {})}
    >
      <form className={styles.form} onSubmit={(event) => void send(event)}>
        {children?.(faults)}
        <Field
          label="Reason"
          name="reason"
          faults={faults}
          hint="It is kept in the audit log, with your name."
        >
          {(control) => (
            <textarea
              {...control}
              ref={reason}
              className={`${control.className} ${styles.reason}`}
              required
              maxLength={REASON_MAX}
              rows={3}
            />
          )}
        </Field>
        {faults.length === 0 && <FaultNote error={error} />}
        <div className={styles.buttons}>
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" tone={tone} disabled={isBusy}>
            {isBusy ? 'Working…' : confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
