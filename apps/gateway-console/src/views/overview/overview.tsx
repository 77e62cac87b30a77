import { Answered } from '../../components/fault-note.tsx';
import { LiveBadge } from '../../components/live-badge.tsx';
import { Columns, Page } from '../../components/page.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { Agents } from './agents.tsx';
import { LatencyPanel } from './latency.tsx';
import { RefusedCodes } from './refused-codes.tsx';
import { Tenants } from './tenants.tsx';
import { Traffic } from './traffic.tsx';
import { useOverview } from './use-overview.ts';
import { Warnings } from './warnings.tsx';

/** What comes in, from whom, how quickly it is answered, and what wants a hand. */
export function Overview() {
  const { values } = useFilters();
  const overview = useOverview(values.tenant);
  return (
    <Page
      title="Overview"
      about="The last hour, counted from the audit log: the same for every replica, and after a restart."
      actions={<LiveBadge live={overview.live} />}
    >
      <Answered of={overview}>
        {(data) => (
          <>
            <Warnings warnings={data.warnings} />
            <Traffic traffic={data.traffic} latency={data.latency} />
            <Columns>
              <RefusedCodes traffic={data.traffic} />
              <Tenants tenants={data.tenants} />
            </Columns>
            <Agents agents={data.agents} />
            {data.latency !== null && <LatencyPanel latency={data.latency} />}
          </>
        )}
      </Answered>
    </Page>
  );
}
