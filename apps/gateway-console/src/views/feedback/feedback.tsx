import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { AdjustmentsTab } from './adjustments-tab.tsx';
import { GraphsTab } from './graphs-tab.tsx';
import { ProposalsTab } from './proposals-tab.tsx';
import { RulesTab } from './rules-tab.tsx';

/** What the gateway tells agents, and why: adjustments over time, the graphs they answer to, changes that wait, rules. */
export function Feedback() {
  return (
    <Page
      title="Feedback"
      about="What agents are told to do less of, from when to when, and which rule, finding or person caused it."
    >
      <Tabs
        label="Feedback"
        tabs={[
          { id: 'adjustments', label: 'Adjustments', content: <AdjustmentsTab /> },
          { id: 'graphs', label: 'Graphs', content: <GraphsTab /> },
          { id: 'proposals', label: 'Proposals', content: <ProposalsTab /> },
          { id: 'rules', label: 'Rules', content: <RulesTab /> },
        ]}
      />
    </Page>
  );
}
