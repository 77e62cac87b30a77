import { State } from '../../components/badge.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import type { FileVerdict } from '../../verify/index.ts';
import { STEP_TEXTS, UNREADABLE_TEXTS } from './step-texts.ts';
import styles from './verify.module.css';

/** Steps that are listed one by one; a batch has thousands. */
const SHOWN = 60;

type Checked = Extract<FileVerdict, { readonly kind: 'checked' }>;

/** What was checked, step by step, and what that proves. */
export function FileReport({
  verdict,
  isKeyOfGateway,
}: {
  readonly verdict: FileVerdict;
  readonly isKeyOfGateway: boolean;
}) {
  if (verdict.kind === 'unreadable') {
    return (
      <p role="alert">
        <State tone="bad">{UNREADABLE_TEXTS[verdict.code]}</State>
      </p>
    );
  }
  const faults = verdict.steps.filter(({ fault }) => fault !== null);
  return (
    <div role="status">
      <p>
        {faults.length === 0 ? (
          <State tone={verdict.keyFromFile || isKeyOfGateway ? 'warn' : 'ok'}>
            {provenText(verdict, isKeyOfGateway)}
          </State>
        ) : (
          <State tone="bad">
            Not proven: {faults.length} of {verdict.steps.length} steps {faults.length === 1 ? 'does' : 'do'}{' '}
            not hold
          </State>
        )}
      </p>
      <Steps verdict={verdict} />
      {verdict.facts !== null && <Proven verdict={verdict} />}
    </div>
  );
}

function provenText({ keyFromFile, file }: Checked, isKeyOfGateway: boolean): string {
  if (keyFromFile) return 'The file agrees with itself. Give the key of the log to prove whose log it is.';
  if (isKeyOfGateway) return `Proven, by the key that the gateway itself names, in the log ${file.log}`;
  return `Proven in the log ${file.log}`;
}

function Steps({ verdict }: { readonly verdict: Checked }) {
  // What does not hold is never beyond the fold.
  const ordered = [...verdict.steps].sort((a, b) => Number(a.fault === null) - Number(b.fault === null));
  const steps = verdict.steps.length > SHOWN ? ordered.slice(0, SHOWN) : verdict.steps;
  return (
    <>
      <ol className={styles.steps}>
        {steps.map(({ name, place, fault }) => (
          <li key={`${name} ${place}`}>
            <State tone={fault === null ? 'ok' : 'bad'}>{fault === null ? 'holds' : 'does not hold'}</State>{' '}
            <span>
              {STEP_TEXTS[name]} <span className={styles.hint}>({place})</span>
              {fault !== null && (
                <span className={styles.fault}>
                  {' '}
                  {fault.detail} (<code>{fault.code}</code>)
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
      {verdict.steps.length > SHOWN && (
        <p className={styles.hint}>
          {SHOWN} of {verdict.steps.length} steps are listed; all were checked, and those that do not hold
          stand first.
        </p>
      )}
    </>
  );
}

function Proven({ verdict: { file, facts, size, witnesses } }: { readonly verdict: Checked }) {
  return (
    <>
      <h3>What is proven</h3>
      <Facts>
        <Fact name="Request">
          <Id value={file.request_id} what="request id" />
        </Fact>
        <Fact name="Log">
          <Text value={file.log} />, {size?.toLocaleString()} entries
        </Fact>
        <Fact name="Cosigned by">
          {witnesses.length === 0 ? 'no witness' : <Text value={witnesses.join(', ')} />}
        </Fact>
        <Fact name="Signed bytes">
          {file.evidence === null ? (
            'none in the file: nothing of the request was stored'
          ) : (
            <>
              from <Text value={file.evidence.identity} />, key <Id value={file.evidence.kid} what="key id" />
            </>
          )}
        </Fact>
      </Facts>
      <ul className={styles.facts}>
        {(facts ?? []).slice(0, SHOWN).map((fact) => (
          <li key={fact.sequence}>
            Entry {fact.sequence.toLocaleString()}, <Time at={fact.recordedAt} />:{' '}
            <Text value={fact.action} />{' '}
            <strong>
              <Text value={fact.code} />
            </strong>{' '}
            for <Text value={fact.actor} />
            {Object.entries(fact.disclosed).map(([name, value]) => (
              <span key={name}>
                ; {name.replaceAll('_', ' ')} <Text value={value} />
              </span>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}
