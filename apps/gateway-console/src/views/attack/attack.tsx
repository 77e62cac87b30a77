import { useMemo } from 'react';
import licence from '../../../../spectrastrike-agent/data/attack/LICENSE-ATTACK.txt?url';
import { useAnswer } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';
import { Answered } from '../../components/fault-note.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Page } from '../../components/page.tsx';
import { Stat, Stats } from '../../components/stat.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import styles from './attack.module.css';
import { ATTACK_TABLE } from './attack-table.ts';
import { ElsewherePanel } from './elsewhere.tsx';
import { ExportMatrix } from './export-matrix.tsx';
import { buildMatrix } from './matrix.ts';
import { MatrixChoices } from './matrix-choices.tsx';
import { MatrixView } from './matrix-view.tsx';
import type { Mode } from './shade.ts';

const FIELDS: readonly FilterField[] = [
  { name: 'from', label: 'From', kind: 'time', placeholder: '30 days ago' },
  { name: 'to', label: 'To', kind: 'time', placeholder: 'now' },
];

/** Which techniques were exercised, and where something was found. */
export function Attack() {
  const { values } = useFilters();
  const { tenant, from, to, by, show } = values;
  const answer = useAnswer('/attack/techniques', { query: { tenant, from, to } });
  const mode: Mode = by === 'findings' ? 'findings' : 'coverage';
  return (
    <Page
      title="ATT&CK"
      about="Techniques that accepted events name, by tactic: what was exercised, and where it led to findings. A technique opens its events."
      actions={
        answer.data !== undefined && <Exports answer={answer.data} mode={mode} tenant={tenant ?? null} />
      }
    >
      <FilterBar fields={FIELDS} error={answer.error} />
      <MatrixChoices />
      <Answered of={answer}>
        {(data) => <Coverage answer={data} mode={mode} tenant={tenant} isSeenOnly={show === 'seen'} />}
      </Answered>
      <p className={styles.licence}>
        ATT&CK {ATTACK_TABLE.version}. {ATTACK_TABLE.copyright}{' '}
        <a href={licence} target="_blank" rel="noreferrer">
          Its terms of use
        </a>
      </p>
    </Page>
  );
}

type Techniques = Answer<'/attack/techniques'>;

function useMatrix(answer: Techniques) {
  return useMemo(() => buildMatrix(ATTACK_TABLE, answer.techniques), [answer]);
}

function Exports({
  answer,
  mode,
  tenant,
}: {
  readonly answer: Techniques;
  readonly mode: Mode;
  readonly tenant: string | null;
}) {
  const matrix = useMatrix(answer);
  const { from, to } = answer;
  return <ExportMatrix matrix={matrix} table={ATTACK_TABLE} about={{ mode, tenant, from, to }} />;
}

function Coverage({
  answer,
  mode,
  tenant,
  isSeenOnly,
}: {
  readonly answer: Techniques;
  readonly mode: Mode;
  readonly tenant: string | undefined;
  readonly isSeenOnly: boolean;
}) {
  const matrix = useMatrix(answer);
  const { from, to, uncounted, span } = answer;
  const share = Math.round((matrix.seen / matrix.techniques) * 100);
  return (
    <>
      <Stats>
        <Stat
          label="Techniques seen"
          value={`${matrix.seen} of ${matrix.techniques}`}
          hint={`${share} %, sub-techniques with their technique`}
        />
        <Stat
          label="With findings"
          value={matrix.found}
          tone={matrix.found > 0 ? 'warn' : 'idle'}
          hint="whatever became of them"
        />
        <Stat
          label="Counted"
          value={spanText(from, to)}
          hint={
            <>
              <Time at={from} /> to <Time at={to} />, whole {span}s (UTC)
            </>
          }
        />
        <Stat
          label="Not counted yet"
          value={uncounted.toLocaleString()}
          hint="newest entries of the log; under load counting waits"
          tone={uncounted > 100_000 ? 'warn' : 'idle'}
        />
      </Stats>
      <MatrixView matrix={matrix} mode={mode} isSeenOnly={isSeenOnly} link={{ tenant, from, to }} />
      <ElsewherePanel rows={matrix.elsewhere} more={answer.more} link={{ tenant, from, to }} />
    </>
  );
}

function spanText(from: string, to: string): string {
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / 3_600_000);
  return hours % 24 === 0
    ? `${hours / 24} day${hours === 24 ? '' : 's'}`
    : `${hours} hour${hours === 1 ? '' : 's'}`;
}
