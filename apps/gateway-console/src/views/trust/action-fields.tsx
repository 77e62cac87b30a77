import type { FieldFault } from '../../api/refusal.ts';
import { Field } from '../../components/field.tsx';
import type { ActionField } from './action-body.ts';
import styles from './trust.module.css';

/** The controls of an action's form, with the gateway's faults beside them. */
export function ActionFields({
  fields,
  faults,
}: {
  readonly fields: readonly ActionField[];
  readonly faults: readonly FieldFault[];
}) {
  return (
    <div className={styles.fields}>
      {fields.map((field) =>
        field.kind === 'flag' ? (
          <FlagField key={field.name} field={field} faults={faults} />
        ) : (
          <Field
            key={field.name}
            label={field.label}
            name={field.name}
            faults={faults}
            {...(field.hint === undefined ? {} : { hint: field.hint })}
          >
            {(control) => (
              <input
                {...control}
                type={field.kind === 'time' ? 'datetime-local' : 'text'}
                inputMode={field.kind === 'days' ? 'decimal' : undefined}
                defaultValue={field.initial}
                required={field.required}
                autoComplete="off"
                spellCheck={false}
              />
            )}
          </Field>
        ),
      )}
    </div>
  );
}

function FlagField({
  field,
  faults,
}: {
  readonly field: ActionField;
  readonly faults: readonly FieldFault[];
}) {
  const own = faults.filter((fault) => fault.field === field.name);
  return (
    <label className={styles.flag}>
      <input type="checkbox" name={field.name} />
      <span>
        {field.label}
        {field.hint !== undefined && <small>{field.hint}</small>}
        {own.length > 0 && <strong role="alert">{own.map(({ message }) => message).join(' ')}</strong>}
      </span>
    </label>
  );
}
