import type { ChainStep } from '../../verify/index.ts';
import styles from './audit.module.css';
import { placeSizes } from './place-sizes.ts';

const WIDTH = 900;
const HEIGHT = 132;
const AXIS = 76;

/** Sizes on an axis, a step verified or not: by shape and word as well as by colour. The table below says the same. */
export function ChainPicture({ steps }: { readonly steps: readonly ChainStep[] }) {
  const places = placeSizes(
    steps.map(({ size }) => size),
    WIDTH,
  );
  const isWhole = steps.every(({ opened, continues }) => opened.ok && continues?.ok !== false);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: wider than a narrow page, so it must be reachable to be scrolled
    <section className={styles.scroll} aria-label="Picture of the steps" tabIndex={0}>
      <svg
        className={styles.chain}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={
          isWhole
            ? `${steps.length} checkpoints on an axis of entries, each step verified`
            : 'Checkpoints on an axis of entries; at least one step is not verified'
        }
      >
        <line className={styles.axis} x1={0} x2={WIDTH} y1={AXIS} y2={AXIS} />
        {steps.map((step, n) => (
          <Step
            key={step.size}
            step={step}
            x={places[n] ?? 0}
            before={n === 0 ? null : (places[n - 1] ?? 0)}
          />
        ))}
      </svg>
    </section>
  );
}

function Step({
  step,
  x,
  before,
}: {
  readonly step: ChainStep;
  readonly x: number;
  readonly before: number | null;
}) {
  const { opened, continues, size } = step;
  const cosigned = opened.ok && opened.value.witnesses.some(({ ok }) => ok === true);
  return (
    <g>
      {before !== null && (
        <>
          <path
            className={continues?.ok === true ? styles.arcGood : styles.arcBad}
            d={`M ${before} ${AXIS - 10} Q ${(before + x) / 2} ${AXIS - 52} ${x} ${AXIS - 10}`}
          />
          <text
            className={continues?.ok === true ? styles.good : styles.bad}
            x={(before + x) / 2}
            y={AXIS - 40}
            textAnchor="middle"
          >
            {continues?.ok === true ? '✓' : '✕'}
          </text>
        </>
      )}
      {cosigned && <circle className={styles.ring} cx={x} cy={AXIS} r={13} />}
      <circle className={opened.ok ? styles.nodeGood : styles.nodeBad} cx={x} cy={AXIS} r={9} />
      <text className={styles.mark} x={x} y={AXIS + 4} textAnchor="middle">
        {opened.ok ? '✓' : '✕'}
      </text>
      <text className={styles.size} x={x} y={AXIS + 32} textAnchor="middle">
        {size.toLocaleString()}
      </text>
      {cosigned && (
        <text className={styles.note} x={x} y={AXIS + 48} textAnchor="middle">
          cosigned
        </text>
      )}
    </g>
  );
}
