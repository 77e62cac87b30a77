import { useChange } from '../../api/hooks.ts';
import { Field } from '../../components/field.tsx';
import { localTime, readTime } from '../../components/format-time.ts';
import { ReasonDialog } from '../../components/reason-dialog.tsx';
import type { Adjustment } from './adjustment-table.tsx';
import { useTwoPersons } from './use-two-persons.ts';

/** Shortens or withdraws an adjustment, with a reason; says what that does not do. */
export function EndDialog({
  adjustment,
  fetched,
  change,
  onClose,
}: {
  readonly adjustment: Adjustment;
  /** Identities that have been answered. */
  readonly fetched: number;
  /** null: closed. */
  readonly change: 'shorten' | 'withdraw' | null;
  readonly onClose: () => void;
}) {
  const shorten = useChange('/adjustments/{tenant}/{number}/shorten');
  const withdraw = useChange('/adjustments/{tenant}/{number}/withdraw');
  const needsTwo = useTwoPersons(adjustment.action);
  const params = { tenant: adjustment.tenant_id, number: String(adjustment.adjustment_id) };
  const already =
    fetched === 0
      ? 'No agent has fetched it yet.'
      : `It cannot be taken back from agents that have it: it binds them until ${localTime(new Date(adjustment.expires_at))}.`;
  const about = `It will ${change === 'withdraw' ? 'not be sent any more' : 'be sent with the shorter life'}. ${already}`;
  return (
    <ReasonDialog
      title={change === 'withdraw' ? 'Withdraw the adjustment' : 'Shorten the adjustment'}
      about={needsTwo ? `${about} This is a deny: another person has to approve.` : about}
      confirm={needsTwo ? 'Propose' : change === 'withdraw' ? 'Withdraw' : 'Shorten'}
      tone="danger"
      open={change !== null}
      onClose={onClose}
      submit={(reason, form) => {
        if (change === 'withdraw') return withdraw.mutateAsync({ params, body: { reason } });
        const typed = String(form.get('ends_at') ?? '');
        const at = readTime(typed.replace(' ', 'T'));
        // What is no time goes as it is: the gateway says so beside the field.
        return shorten.mutateAsync({ params, body: { ends_at: at?.toISOString() ?? typed, reason } });
      }}
    >
      {(faults) =>
        change === 'shorten' && (
          <Field
            label="Ends at"
            name="ends_at"
            faults={faults}
            hint={`Your time. Before ${localTime(new Date(adjustment.expires_at))}, and a minute after it was issued at least.`}
          >
            {(control) => (
              <input
                {...control}
                type="text"
                required
                autoComplete="off"
                defaultValue={localTime(new Date(halfWay(adjustment)))}
              />
            )}
          </Field>
        )
      }
    </ReasonDialog>
  );
}

/** Half of what is left. Unix milliseconds. */
function halfWay(adjustment: Adjustment): number {
  const ends = Date.parse(adjustment.expires_at);
  const issued = Date.parse(adjustment.issued_at);
  return Math.max(issued + 60_000, Math.min(ends, (Date.now() + ends) / 2));
}
