import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { Consistency } from './consistency.tsx';
import { LogEntries } from './log-entries.tsx';
import { Standing } from './standing.tsx';
import { TrustedKey } from './trusted-key.tsx';

/** The log of every decision, and whether it still proves what it should. */
export function Audit() {
  return (
    <Page
      title="Audit log"
      about="Every decision and change, each once, in one sequence that nobody can rewrite unseen. Signatures and proofs are verified here, in your browser."
    >
      <Standing />
      <Tabs
        label="Audit log"
        tabs={[
          { id: 'log', label: 'Entries', content: <LogEntries /> },
          { id: 'consistency', label: 'Consistency', content: <Consistency /> },
          { id: 'checkpoints', label: 'Checkpoints', content: <Checkpoints /> },
          { id: 'key', label: 'Key of the log', content: <TrustedKey /> },
        ]}
      />
    </Page>
  );
}
