import { type ReactNode, useId } from 'react';
import type { FieldFault } from '../api/refusal.ts';
import styles from './field.module.css';

export interface FieldProps {
  readonly label: string;
  /** The name by which the gateway's faults know it. */
  readonly name: string;
  readonly faults?: readonly FieldFault[];
  readonly hint?: string;
  /** The control: give it these properties. */
  readonly children: (control: ControlProps) => ReactNode;
}

export interface ControlProps {
  readonly id: string;
  readonly name: string;
  readonly className: string | undefined;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string | undefined;
}

/** A labelled control; what is wrong with it is said beside it and to a screen reader. */
export function Field({ label, name, faults = [], hint, children }: FieldProps) {
  const id = useId();
  const own = faults.filter((fault) => fault.field === name || fault.field.startsWith(`${name}.`));
  const described = own.length > 0 ? `${id}-fault` : hint === undefined ? undefined : `${id}-hint`;
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({
        id,
        name,
        className: styles.control,
        'aria-invalid': own.length > 0,
        'aria-describedby': described,
      })}
      {hint !== undefined && own.length === 0 && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {own.length > 0 && (
        <p id={`${id}-fault`} className={styles.fault} role="alert">
          {own.map((fault) => fault.message).join(' ')}
        </p>
      )}
    </div>
  );
}
