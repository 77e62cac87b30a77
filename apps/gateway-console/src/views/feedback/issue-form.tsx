import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useAnswer, useChange } from '../../api/hooks.ts';
import { faultsOf } from '../../api/refusal.ts';
import { Button } from '../../components/button.tsx';
import { Answered, FaultNote } from '../../components/fault-note.tsx';
import { Field } from '../../components/field.tsx';
import { Fact, Facts, Panel } from '../../components/page.tsx';
import { REASON_MAX } from '../../components/reason-dialog.tsx';
import { Text } from '../../components/text.tsx';
import styles from './feedback.module.css';
import type { FormBasis } from './issue-page.tsx';
import { lifeOf } from './life.ts';
import { useTwoPersons } from './use-two-persons.ts';
import { effectOf } from './words.tsx';

const ACTIONS = ['observe', 'tighten', 'deny'] as const;
const LIVES = [300, 1800, 7200, 21_600, 86_400];
/** PROTOCOL.md section 14. */
const REFUSES_FROM = 0.8;

/** What stands in the form; a fault of anything else (a link that names no graph) is said below it. */
const FIELDS: ReadonlySet<string> = new Set([
  'action',
  'confidence',
  'ttl_seconds',
  'control',
  'rationale',
  'reason',
]);

/** What an adjustment says; the gateway judges every field, and its words stand beside the field. */
export function IssueForm({ tenant, basis }: { readonly tenant: string; readonly basis: FormBasis }) {
  const issue = useChange('/adjustments');
  const navigate = useNavigate();
  const [error, setError] = useState<Error | null>(null);
  const [action, setAction] = useState<(typeof ACTIONS)[number]>('tighten');
  const [confidence, setConfidence] = useState('0.9');
  const needsTwo = useTwoPersons(action);
  const faults = faultsOf(error);
  const effect =
    action === 'deny' || (action === 'tighten' && Number(confidence) >= REFUSES_FROM) ? 'refuses' : 'informs';

  const send = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    setError(null);
    try {
      const answer = await issue.mutateAsync({
        body: {
          tenant,
          basis,
          action,
          confidence: Number(confidence),
          ttl_seconds: Number(text('ttl_seconds')),
          control: text('control'),
          rationale: text('rationale'),
          reason: text('reason'),
        },
      });
      if (answer.outcome === 'proposed' || answer.adjustment_id === null) {
        await navigate({ to: '/feedback', search: { tab: 'proposals', state: 'pending' } });
        return;
      }
      const number = String(answer.adjustment_id);
      await navigate({ to: '/feedback/adjustments/$tenant/$number', params: { tenant, number } });
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };

  return (
    <Panel title="What agents are told">
      <Facts>
        <Fact name="Target">
          {basis.kind === 'graph' ? (
            <TargetOfGraph tenant={tenant} request={basis.request_id} />
          ) : (
            <TargetOfFinding tenant={tenant} operator={basis.operator_id} finding={basis.finding_id} />
          )}
        </Fact>
        <Fact name="Tenant">
          <Text value={tenant} />
        </Fact>
        <Fact name={basis.kind === 'graph' ? 'Graph' : 'Finding'}>
          <Text
            value={basis.kind === 'graph' ? basis.request_id : `${basis.operator_id}/${basis.finding_id}`}
          />
        </Fact>
      </Facts>
      <form className={styles.form} onSubmit={(event) => void send(event)}>
        <div className={styles.pair}>
          <Field label="Action" name="action" faults={faults}>
            {(control) => (
              <select
                {...control}
                value={action}
                onChange={(change) =>
                  setAction(ACTIONS.find((one) => one === change.target.value) ?? 'observe')
                }
              >
                {ACTIONS.map((value) => (
                  <option key={value} value={value}>
                    {value}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Confidence" name="confidence" faults={faults} hint="0 to 1">
            {(control) => (
              <input
                {...control}
                type="number"
                min={0}
                max={1}
                step="any"
                required
                value={confidence}
                onChange={(change) => setConfidence(change.target.value)}
              />
            )}
          </Field>
          <Field label="Lives for" name="ttl_seconds" faults={faults} hint="From now on">
            {(control) => (
              <select {...control} defaultValue={1800}>
                {LIVES.map((seconds) => (
                  <option key={seconds} value={seconds}>
                    {lifeOf(seconds)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Control" name="control" faults={faults}>
            {(control) => <input {...control} type="text" required maxLength={64} defaultValue="execution" />}
          </Field>
        </div>
        <p className={styles.consequence} role="status">
          {effectOf({ action, confidence: Number(confidence), effect })}{' '}
          {needsTwo && 'Another person has to approve it before it is issued.'}
        </p>
        <Field label="Rationale" name="rationale" faults={faults} hint="It is signed and sent to agents.">
          {(control) => <textarea {...control} required maxLength={2048} rows={3} />}
        </Field>
        <Field
          label="Reason"
          name="reason"
          faults={faults}
          hint="It stays here: it is kept in the audit log, with your name."
        >
          {(control) => <textarea {...control} required maxLength={REASON_MAX} rows={2} />}
        </Field>
        {!faults.some(({ field }) => FIELDS.has(field)) && <FaultNote error={error} />}
        <div className={styles.actions}>
          <Button type="submit" tone={effect === 'refuses' ? 'danger' : 'primary'} disabled={issue.isPending}>
            {issue.isPending ? 'Working…' : needsTwo ? 'Propose' : 'Issue'}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

/** What it will be about; the gateway takes it from the graph or the finding, not from here. */
function TargetOfGraph({ tenant, request }: { readonly tenant: string; readonly request: string }) {
  const graph = useAnswer('/graphs/{tenant}/{request}', { params: { tenant, request } });
  return <Answered of={graph}>{(shown) => <Text value={shown.target_urn} />}</Answered>;
}

function TargetOfFinding(query: {
  readonly tenant: string;
  readonly operator: string;
  readonly finding: string;
}) {
  const answer = useAnswer('/findings/one', { query });
  return <Answered of={answer}>{({ finding }) => <Text value={finding.target_urn ?? 'none'} />}</Answered>;
}
