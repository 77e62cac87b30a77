import { useFilters } from '../../shell/use-filters.ts';
import styles from './attack.module.css';

const CHOICES = [
  {
    name: 'by',
    label: 'Coloured by',
    options: [
      ['', 'coverage: how many events'],
      ['findings', 'findings: the worst'],
    ],
  },
  {
    name: 'show',
    label: 'Techniques',
    options: [
      ['', 'all'],
      ['seen', 'those that were seen'],
    ],
  },
] as const;

/** How the matrix is shown; in the address, as the filters are. */
export function MatrixChoices() {
  const { values, set } = useFilters('by', 'show');
  return (
    <div className={styles.choices}>
      {CHOICES.map(({ name, label, options }) => (
        <fieldset key={name} className={styles.choice}>
          <legend>{label}</legend>
          {options.map(([value, text]) => (
            <label key={value}>
              <input
                type="radio"
                name={name}
                value={value}
                checked={(values[name] ?? '') === value}
                onChange={() => set({ [name]: value })}
              />{' '}
              {text}
            </label>
          ))}
        </fieldset>
      ))}
    </div>
  );
}
