import { useMemo } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';
import { State } from '../../components/badge.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { type ChainStep, verifyChain } from '../../verify/index.ts';
import styles from './audit.module.css';
import { ChainPicture } from './chain-picture.tsx';
import { KeptCheckpoint } from './kept-checkpoint.tsx';
import { useTrustedKey } from './use-trusted-key.ts';
import { VerdictBadge } from './verdict-badge.tsx';

/** Whether the log of today is the log of before, with nothing changed, removed or inserted. */
export function Consistency() {
  const answer = useAnswer('/audit/chain', { query: { steps: 12 } });
  return (
    <>
      <Panel
        title="The log over its life"
        about="Checkpoints from the first to the newest. Each is verified by its signature, and each step by a proof that the later tree holds the earlier one unchanged."
      >
        <Answered of={answer}>{(data) => <Chain answer={data} />}</Answered>
      </Panel>
      <KeptCheckpoint />
    </>
  );
}

function Chain({ answer }: { readonly answer: Answer<'/audit/chain'> }) {
  const trusted = useTrustedKey();
  const steps = useMemo(() => verifyChain(answer, trusted), [answer, trusted]);
  const wrong = steps.filter(({ opened, continues }) => !opened.ok || continues?.ok === false).length;
  return (
    <>
      <p>
        {wrong === 0 ? (
          <State tone="ok">{steps.length} checkpoints, each continues the one before</State>
        ) : (
          <State tone="bad">
            {wrong} of {steps.length} checkpoints do not hold: see below
          </State>
        )}
      </p>
      <ChainPicture steps={steps} />
      <StepTable answer={answer} steps={steps} />
    </>
  );
}

function StepTable({
  answer,
  steps,
}: {
  readonly answer: Answer<'/audit/chain'>;
  readonly steps: readonly ChainStep[];
}) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Entries</th>
          <th scope="col">Signed</th>
          <th scope="col">Signature</th>
          <th scope="col">Continues the one before</th>
          <th scope="col">Cosigned by</th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step, n) => {
          const said = answer.steps[n];
          return (
            <tr key={step.size}>
              <th scope="row">{step.size.toLocaleString()}</th>
              <td data-label="Signed">{said !== undefined && <Time at={said.signed_at} />}</td>
              <td data-label="Signature">
                <VerdictBadge verdict={step.opened} yes="verified" />
              </td>
              <td data-label="Continues">
                {step.continues === null ? (
                  'the first one'
                ) : (
                  <VerdictBadge verdict={step.continues} yes="proven" />
                )}
              </td>
              <td data-label="Cosigned by">
                {said === undefined || said.cosigned_by.length === 0 ? (
                  '–'
                ) : (
                  <Text value={said.cosigned_by.join(', ')} most={80} />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
