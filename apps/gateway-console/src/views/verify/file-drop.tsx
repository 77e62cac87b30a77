import { useId, useState } from 'react';
import styles from './verify.module.css';

/**
 * A file that is dropped, chosen, or pasted as text. It stays in this browser: nothing of it is sent.
 * @param most bytes; a larger file is not read.
 */
export function FileDrop({
  label,
  most,
  onText,
}: {
  readonly label: string;
  readonly most: number;
  readonly onText: (text: string, name: string) => void;
}) {
  const id = useId();
  const [isOver, setOver] = useState(false);
  const [said, setSaid] = useState('');
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (file.size > most) {
      setSaid(`The file has ${file.size.toLocaleString()} bytes: more than any of these.`);
      return;
    }
    // A byte that is no UTF-8 becomes another character, and no hash or signature holds over it.
    const text = await file.text().catch(() => null);
    setSaid(text === null ? 'The file cannot be read.' : `Read ${file.size.toLocaleString()} bytes.`);
    if (text !== null) onText(text, file.name);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way more; the input below is the one for keys
    <div
      className={styles.drop}
      data-over={isOver}
      onDragOver={(drag) => {
        drag.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(drop) => {
        drop.preventDefault();
        setOver(false);
        void take(drop.dataTransfer.files[0]);
      }}
    >
      <label htmlFor={id}>{label}</label>
      <p className={styles.hint}>Drop it here, or choose it:</p>
      <input
        id={id}
        type="file"
        onChange={(change) => {
          void take(change.target.files?.[0]);
          // The same file can be chosen again, after it was changed.
          change.target.value = '';
        }}
      />
      <p role="status" className={styles.hint}>
        {said}
      </p>
    </div>
  );
}
