import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Fact, Facts } from '../../components/page.tsx';
import { ReasonDialog } from '../../components/reason-dialog.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import styles from './feedback.module.css';
import type { Proposal } from './proposals-tab.tsx';
import { ActionBadge } from './words.tsx';

type Decision = 'approve' | 'decline' | 'retract';

const WORDS: {
  readonly [D in Decision]: { readonly title: string; readonly confirm: string; readonly about: string };
} = {
  approve: {
    title: 'Approve the change',
    confirm: 'Approve and make it',
    about: 'It is made at once, as it was proposed; an adjustment lives from now on.',
  },
  decline: {
    title: 'Decline the change',
    confirm: 'Decline',
    about: 'Nothing is changed; it can be proposed anew.',
  },
  retract: { title: 'Take the proposal back', confirm: 'Take it back', about: 'Nothing is changed.' },
};

/** What a proposal asks for, and the decision of whoever may make it: its author can only take it back. */
export function DecideDialog({
  proposal,
  may,
  onClose,
}: {
  /** null: closed. */
  readonly proposal: Proposal | null;
  readonly may: boolean;
  readonly onClose: () => void;
}) {
  const [decision, setDecision] = useState<Decision | null>(null);
  const changes = {
    approve: useChange('/proposals/{tenant}/{proposal}/approve'),
    decline: useChange('/proposals/{tenant}/{proposal}/decline'),
    retract: useChange('/proposals/{tenant}/{proposal}/retract'),
  };
  const close = () => {
    setDecision(null);
    onClose();
  };
  if (proposal === null) return null;
  const params = { tenant: proposal.tenant_id, proposal: proposal.proposal_id };
  if (decision !== null) {
    const words = WORDS[decision];
    return (
      <ReasonDialog
        title={words.title}
        about={words.about}
        confirm={words.confirm}
        tone={decision === 'approve' ? 'danger' : 'primary'}
        open
        onClose={close}
        submit={(reason) => changes[decision].mutateAsync({ params, body: { reason } })}
      />
    );
  }
  const isOpen = may && proposal.state === 'pending';
  return (
    <Dialog title={`Proposal to ${proposal.change} a ${proposal.action}`} open onClose={close}>
      <ProposalFacts proposal={proposal} />
      {isOpen && (
        <div className={styles.actions}>
          {proposal.own ? (
            <Button onClick={() => setDecision('retract')}>Take it back…</Button>
          ) : (
            <>
              <Button tone="danger" onClick={() => setDecision('approve')}>
                Approve…
              </Button>
              <Button onClick={() => setDecision('decline')}>Decline…</Button>
            </>
          )}
        </div>
      )}
      {isOpen && proposal.own && (
        <p className={styles.note}>It is yours: another person has to approve it.</p>
      )}
    </Dialog>
  );
}

function ProposalFacts({ proposal }: { readonly proposal: Proposal }) {
  return (
    <Facts>
      <Fact name="Target">
        <Text value={proposal.target_urn} />
      </Fact>
      <Fact name="Action">
        <ActionBadge action={proposal.action} />
      </Fact>
      <Fact name="Asks for">
        <Text
          value={
            proposal.draft === '{}' ? `${proposal.change} number ${proposal.adjustment_id}` : proposal.draft
          }
          mono
        />
      </Fact>
      <Fact name="Proposed by">
        <Text value={proposal.proposed_by} /> <Time at={proposal.proposed_at} />
      </Fact>
      <Fact name="Because">
        <Text value={proposal.reason} />
      </Fact>
      {proposal.decided_by === null ? (
        <Fact name="Waits until">
          <Time at={proposal.expires_at} relative />
        </Fact>
      ) : (
        <Fact name={proposal.state}>
          by <Text value={proposal.decided_by} /> <Time at={proposal.decided_at} />:{' '}
          <Text value={proposal.decision_reason ?? ''} />
        </Fact>
      )}
    </Facts>
  );
}
