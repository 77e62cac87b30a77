import { Link } from '@tanstack/react-router';
import { useAnswer } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Answer } from '../../api/types.ts';
import { buttonClass } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { AdjustmentTable } from './adjustment-table.tsx';
import { GraphExplorer } from './graph/graph-explorer.tsx';
import { graphPageRoute } from './route.tsx';

const GRAPH = '/graphs/{tenant}/{request}';
type Graph = Answer<typeof GRAPH>;

/** One execution graph: drawn, as a list, and what it caused. */
export function GraphPage() {
  const { tenant, request } = graphPageRoute.useParams();
  const graph = useAnswer(GRAPH, { params: { tenant, request } });
  const mayIssue = useMay('analyst', 'officer');
  return (
    <Page
      title="Execution graph"
      about="What an agent says its execution did, as it signed it. Adjustments answer to it."
      actions={
        mayIssue && (
          <Link to="/feedback/issue" search={{ basis: 'graph', tenant, request }} className={buttonClass}>
            Issue an adjustment for its target
          </Link>
        )
      }
    >
      <Answered of={graph}>{(shown) => <Shown graph={shown} />}</Answered>
    </Page>
  );
}

function Shown({ graph }: { readonly graph: Graph }) {
  return (
    <>
      {graph.drawn === null ? (
        <EmptyState title="It cannot be drawn">
          {graph.body_bytes === null
            ? 'Retention has removed the signed bytes. What was kept says that it had '
            : 'The stored bytes cannot be read as the graph that was accepted. It had '}
          {graph.node_count} nodes.
        </EmptyState>
      ) : (
        <Panel title="Nodes and edges" about={counted(graph.drawn)}>
          <GraphExplorer nodes={graph.drawn.nodes} edges={graph.drawn.edges} />
        </Panel>
      )}
      <Panel title="About">
        <Facts>
          <Fact name="Target">
            <Text value={graph.target_urn} />
          </Fact>
          <Fact name="Accepted">
            <Time at={graph.accepted_at} relative />
          </Fact>
          <Fact name="Tenant">
            <Id value={graph.tenant_id} what="tenant" full />
          </Fact>
          <Fact name="Operator">
            <Text value={graph.operator_id} />
          </Fact>
          <Fact name="Signed by">
            {graph.identity === null ? (
              'the evidence has been removed by retention'
            ) : (
              <Text value={graph.identity} />
            )}
            {graph.kid !== null && (
              <>
                {' with key '}
                <Id value={graph.kid} what="key id" />
              </>
            )}
          </Fact>
          <Fact name="Execution">
            <Link to="/events" search={{ fingerprint: graph.execution_fingerprint }}>
              <Id value={graph.execution_fingerprint} what="fingerprint" bare />
            </Link>
          </Fact>
          <Fact name="Attestation">
            <Id value={graph.attestation_measurement_hash} what="attestation hash" />
          </Fact>
          <Fact name="Request">
            <Id value={graph.request_id} what="request id" full />
          </Fact>
        </Facts>
      </Panel>
      <Panel title="Adjustments of this execution">
        <AdjustmentTable
          filters={{ tenant: graph.tenant_id, fingerprint: graph.execution_fingerprint }}
          empty={
            <EmptyState title="It caused nothing">
              No rule held for it when it came, and nobody has issued anything since.
            </EmptyState>
          }
        />
      </Panel>
    </>
  );
}

function counted(drawn: NonNullable<Graph['drawn']>): string {
  const { nodes, edges } = drawn;
  const words = [`${drawn.nodes_total.toLocaleString()} nodes, ${drawn.edges_total.toLocaleString()} edges.`];
  if (nodes.length < drawn.nodes_total)
    words.push(`The first ${nodes.length.toLocaleString()} nodes are drawn.`);
  const drawable = drawn.edges_total - drawn.edges_loose;
  if (edges.length < drawable) words.push(`The first ${edges.length.toLocaleString()} edges are drawn.`);
  if (drawn.edges_loose > 0) {
    words.push(`${drawn.edges_loose.toLocaleString()} edges have no two ends among them and are left out.`);
  }
  return words.join(' ');
}
