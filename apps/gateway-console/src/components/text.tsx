import { useState } from 'react';
import { cut, stretches } from './escape-text.ts';
import styles from './text.module.css';

export interface TextProps {
  /** Untrusted: an event's field, a name from a peer, a reason that somebody wrote. */
  readonly value: string;
  /** UTF-16 units that are shown before "show all". */
  readonly most?: number;
  /** Line breaks and tabs stay what they are; else they are shown escaped. */
  readonly block?: boolean;
  readonly mono?: boolean;
}

/**
 * Text of others. It is only ever text: controls, direction marks and what is invisible are shown by number, the direction
 * of what stands around it cannot be turned (`bdi`), and a long one is cut until asked for.
 */
export function Text({ value, most = 500, block = false, mono = false }: TextProps) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? value : cut(value, most);
  const Shell = block ? 'pre' : 'span';
  return (
    <Shell className={`${styles.text} ${block ? styles.block : ''} ${mono ? styles.mono : ''}`}>
      <bdi>
        {stretches(shown, block).map((part) =>
          part.isEscape ? (
            <span key={part.at} className={styles.escape}>
              {part.text}
            </span>
          ) : (
            part.text
          ),
        )}
      </bdi>
      {shown.length < value.length && (
        <button type="button" className={styles.more} onClick={() => setWhole(true)}>
          … show all {value.length.toLocaleString()} characters
        </button>
      )}
    </Shell>
  );
}
