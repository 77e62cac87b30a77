import { useList } from '../../api/hooks.ts';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Page, Panel } from '../../components/page.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { GRAPH_COLUMNS, GRAPHS } from './graphs-tab.tsx';
import { IssueForm } from './issue-form.tsx';
import { issuePageRoute } from './route.tsx';

/** Issuing an adjustment: first what it is about, then what it says. The address names the first, so it can be a link. */
export function IssuePage() {
  const search = issuePageRoute.useSearch();
  const basis = basisOf(search);
  return (
    <Page
      title="Issue an adjustment"
      about="It carries the target, fingerprint and attestation of a graph or a finding, so that agents can tie it to what they did."
    >
      {basis === null ? <ChooseGraph /> : <IssueForm tenant={search.tenant ?? ''} basis={basis} />}
    </Page>
  );
}

export type FormBasis =
  | { readonly kind: 'graph'; readonly request_id: string }
  | { readonly kind: 'finding'; readonly operator_id: string; readonly finding_id: string };

function basisOf(search: Readonly<Record<string, string | undefined>>): FormBasis | null {
  const { basis, tenant, request, operator, finding } = search;
  if (tenant === undefined) return null;
  if (basis === 'graph' && request !== undefined) return { kind: 'graph', request_id: request };
  if (basis === 'finding' && operator !== undefined && finding !== undefined) {
    return { kind: 'finding', operator_id: operator, finding_id: finding };
  }
  return null;
}

function ChooseGraph() {
  const { set } = useFilters();
  const list = useList(GRAPHS, {});
  return (
    <Panel
      title="About which execution"
      about="Choose a graph. For a finding, start from the finding’s page."
    >
      <DataTable
        label="Graphs to issue for"
        columns={GRAPH_COLUMNS}
        list={list}
        rowKey={(row) => `${row.tenant_id}/${row.request_id}`}
        onOpen={(row) => set({ basis: 'graph', tenant: row.tenant_id, request: row.request_id })}
        empty={
          <EmptyState title="No execution graphs">
            Without a graph, issue for a finding: start from its page.
          </EmptyState>
        }
      />
    </Panel>
  );
}
