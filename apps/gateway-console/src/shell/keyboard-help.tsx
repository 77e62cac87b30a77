import { Dialog } from '../components/dialog.tsx';
import styles from './layout.module.css';
import { JUMPS } from './shortcuts.ts';

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['j', '↓'], 'next row of a table'],
  [['k', '↑'], 'the row before'],
  [['Home', 'End'], 'first row, last row that is loaded'],
  [['Enter'], 'open the row; apply the filter'],
  [['/'], 'to the first filter'],
  [['Esc'], 'close; give up what was typed'],
  [['?'], 'this help'],
];

export function KeyboardHelp({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" open={open} onClose={onClose}>
      <dl className={styles.keys}>
        {KEYS.map(([keys, what]) => (
          <KeyLine key={what} keys={keys} what={what} />
        ))}
        {Object.entries(JUMPS).map(([key, { label }]) => (
          <KeyLine key={key} keys={['g', key]} joined=" then " what={label} />
        ))}
      </dl>
    </Dialog>
  );
}

function KeyLine({
  keys,
  what,
  joined = ' or ',
}: {
  readonly keys: readonly string[];
  readonly what: string;
  readonly joined?: string;
}) {
  return (
    <div>
      <dt>
        {keys.map((key, index) => (
          <span key={key}>
            {index > 0 && <small>{joined}</small>}
            <kbd>{key}</kbd>
          </span>
        ))}
      </dt>
      <dd>{what}</dd>
    </div>
  );
}
