import { type PathStep, toHex } from '../../verify/index.ts';
import styles from './audit.module.css';

const WIDTH = 420;
const ROW = 54;
const BOX = 150;
const HIGH = 28;
const LEFT = 92;
const RIGHT = WIDTH - LEFT;

/** The path from an entry to the root: what is computed here, and what the proof gives. Grows from below. */
export function PathPicture({
  sequence,
  leaf,
  path,
}: {
  readonly sequence: number;
  readonly leaf: Uint8Array;
  readonly path: readonly PathStep[];
}) {
  const height = (path.length + 1) * ROW + 8;
  const yOf = (level: number): number => height - 8 - HIGH - level * ROW;
  /** A node stands opposite its neighbour; the root has none. */
  const xOf = (level: number): number => {
    const step = path[level];
    if (step === undefined) return WIDTH / 2;
    return step.side === 'left' ? RIGHT : LEFT;
  };
  return (
    <figure className={styles.figure}>
      <svg
        className={styles.path}
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={`Path of ${path.length} hashes from entry ${sequence} to the root`}
      >
        {path.map((step, level) => {
          const other = step.side === 'left' ? LEFT : RIGHT;
          const up = { x: xOf(level + 1), y: yOf(level + 1) + HIGH };
          return (
            <g key={toHex(step.hash)}>
              <line className={styles.edge} x1={xOf(level)} y1={yOf(level)} x2={up.x} y2={up.y} />
              <line className={styles.edge} x1={other} y1={yOf(level)} x2={up.x} y2={up.y} />
              <Node x={other} y={yOf(level)} hash={step.sibling} isGiven />
            </g>
          );
        })}
        <Node x={xOf(0)} y={yOf(0)} hash={leaf} name={`entry ${sequence.toLocaleString()}`} />
        {path.map((step, level) => (
          <Node
            key={toHex(step.hash)}
            x={xOf(level + 1)}
            y={yOf(level + 1)}
            hash={step.hash}
            name={level === path.length - 1 ? 'root' : undefined}
          />
        ))}
      </svg>
      <figcaption>Filled: computed in this browser. Dashed: given by the proof.</figcaption>
    </figure>
  );
}

function Node({
  x,
  y,
  hash,
  name,
  isGiven = false,
}: {
  readonly x: number;
  readonly y: number;
  readonly hash: Uint8Array;
  readonly name?: string | undefined;
  readonly isGiven?: boolean;
}) {
  const short = `${toHex(hash).slice(0, 10)}…`;
  return (
    <g>
      <rect
        className={isGiven ? styles.given : styles.computed}
        x={x - BOX / 2}
        y={y}
        width={BOX}
        height={HIGH}
        rx={4}
      />
      <text className={styles.hash} x={x} y={y + 18} textAnchor="middle">
        {name === undefined ? short : `${name}: ${short.slice(0, 7)}…`}
      </text>
    </g>
  );
}
