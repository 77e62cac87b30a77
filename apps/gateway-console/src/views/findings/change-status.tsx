import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Answer } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ReasonDialog } from '../../components/reason-dialog.tsx';

type Finding = Answer<'/findings/one'>['finding'];

const STEPS = {
  close: {
    label: 'Close',
    title: 'Close the finding',
    about:
      'It is dealt with. What it caused in the policy of agents is withdrawn and not issued again; it can be reopened.',
  },
  suppress: {
    label: 'Suppress',
    title: 'Suppress the finding',
    about:
      'It is not to be acted on. What it caused in the policy of agents is withdrawn and not issued again; it can be reopened.',
  },
  reopen: {
    label: 'Reopen',
    title: 'Reopen the finding',
    about: 'It gets the status that it began with, and may cause adjustments of the policy again.',
  },
} as const;
type Step = keyof typeof STEPS;

const STEPS_FROM: Readonly<Record<string, readonly Step[]>> = {
  open: ['close', 'suppress'],
  triaged: ['close', 'suppress'],
  closed: ['suppress', 'reopen'],
  suppressed: ['close', 'reopen'],
};

/** Buttons for whoever may judge findings; the same operations as `findings close|suppress|reopen` of the command line. */
export function ChangeStatus({ of: finding }: { readonly of: Finding }) {
  const may = useMay('analyst', 'officer');
  const [step, setStep] = useState<Step | null>(null);
  const change = useChange('/findings/change');
  if (!may) return null;
  const { tenant_id: tenant, operator_id: operator, finding_id: id } = finding;
  const shown = step === null ? null : STEPS[step];
  return (
    <>
      {(STEPS_FROM[finding.status] ?? []).map((name) => (
        <Button key={name} onClick={() => setStep(name)}>
          {STEPS[name].label}
        </Button>
      ))}
      <ReasonDialog
        title={shown?.title ?? ''}
        about={shown?.about ?? ''}
        confirm={shown?.title ?? ''}
        open={step !== null}
        onClose={() => setStep(null)}
        submit={(reason) =>
          change.mutateAsync({ body: { tenant, operator, finding: id, step: step ?? 'close', reason } })
        }
      />
    </>
  );
}
