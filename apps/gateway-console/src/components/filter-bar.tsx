import { useState } from 'react';
import { type FieldFault, faultsOf } from '../api/refusal.ts';
import type { SearchText } from '../shell/search.ts';
import { useFilters } from '../shell/use-filters.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import styles from './filter-bar.module.css';
import { type FilterField, ownFaults, shownValue, typedValue } from './filter-fields.ts';
import { Icon } from './icon.tsx';

export interface FilterBarProps {
  readonly fields: readonly FilterField[];
  /** The error of the list that the filters are for: its faults are said beside the fields. */
  readonly error?: Error | null;
}

const RANGES = [
  ['Last hour', 3_600_000],
  ['Last day', 86_400_000],
  ['Last week', 604_800_000],
] as const;

/** Filters that live in the address: typing and Enter, or choosing, makes a link that shows the same. */
export function FilterBar({ fields, error = null }: FilterBarProps) {
  const { values, set } = useFilters();
  const [isShown, setShown] = useState(false);
  const active = fields.filter((field) => values[field.name] !== undefined);
  const faults = merged(ownFaults(fields, values), faultsOf(error));
  const orphans = faults.filter((fault) => !fields.some((field) => isOf(fault, field)));
  const clear = (): void => set(Object.fromEntries(fields.map((field) => [field.name, undefined])));
  return (
    <search className={styles.bar} aria-label="Filters">
      <Button className={styles.toggle} aria-expanded={isShown} onClick={() => setShown(!isShown)}>
        <Icon name="filter" size={16} /> Filters{active.length > 0 && ` (${active.length})`}
      </Button>
      <div className={styles.fields} data-shown={isShown || faults.length > 0}>
        {fields.map((field) => (
          <FilterControl key={field.name} field={field} values={values} faults={faults} set={set} />
        ))}
        {orphans.length > 0 && (
          <p className={styles.orphans} role="alert">
            {orphans.map((fault) => `${fault.field}: ${fault.message}`).join('; ')}
          </p>
        )}
        <div className={styles.actions}>
          {fields.some((field) => field.name === 'from') &&
            RANGES.map(([label, length]) => (
              <Button key={label} onClick={() => set({ from: before(length), to: undefined })}>
                {label}
              </Button>
            ))}
          {active.length > 0 && <Button onClick={clear}>Clear filters</Button>}
        </div>
      </div>
    </search>
  );
}

interface ControlProps {
  readonly field: FilterField;
  readonly values: SearchText;
  readonly faults: readonly FieldFault[];
  readonly set: (change: SearchText) => void;
}

function FilterControl({ field, values, faults, set }: ControlProps) {
  const value = values[field.name] ?? '';
  const apply = (typed: string): void => {
    const next = typedValue(field, typed);
    if (next !== value) set({ [field.name]: next });
  };
  return (
    <Field label={field.label} name={field.name} faults={faults}>
      {(control) =>
        field.kind === 'select' ? (
          <select {...control} value={value} onChange={(change) => apply(change.target.value)}>
            <option value="">any</option>
            {!(field.options ?? []).some((option) => option.value === value) && value !== '' && (
              <option value={value}>{value}</option>
            )}
            {field.options?.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...control}
            // What the address says begins the field anew: the back button, a link, "clear".
            key={value}
            type="text"
            defaultValue={shownValue(field, value)}
            placeholder={field.placeholder ?? (field.kind === 'time' ? '2026-01-31 08:00' : 'any')}
            autoComplete="off"
            spellCheck={false}
            onBlur={(blur) => apply(blur.target.value)}
            onKeyDown={(key) => {
              if (key.key === 'Enter') apply(key.currentTarget.value);
              if (key.key === 'Escape') key.currentTarget.value = shownValue(field, value);
            }}
          />
        )
      }
    </Field>
  );
}

/** The page's own words go before the gateway's about the same field. */
function merged(own: readonly FieldFault[], told: readonly FieldFault[]): readonly FieldFault[] {
  return [...own, ...told.filter((fault) => !own.some((other) => other.field === fault.field))];
}

function isOf(fault: FieldFault, field: FilterField): boolean {
  return fault.field === field.name || fault.field.startsWith(`${field.name}.`);
}

function before(length: number): string {
  return new Date(Date.now() - length).toISOString().replace(/\.\d+Z$/, 'Z');
}
