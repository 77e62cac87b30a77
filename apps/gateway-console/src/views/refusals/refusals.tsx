import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useAnswer, useList } from '../../api/hooks.ts';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Page } from '../../components/page.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { CodeCounts } from './code-counts.tsx';
import { REFUSAL_COLUMNS } from './columns.tsx';
import { type Code, useCodes } from './use-codes.ts';

/** Which code a filter may name, in a list of those that there are. */
export function codeField(codes: Iterable<Code>): FilterField {
  const options = [...codes].map(({ code }) => ({ value: code, label: code }));
  return { name: 'code', label: 'Code', kind: 'select', options: options.sort(byLabel) };
}

function byLabel(left: { readonly label: string }, right: { readonly label: string }): number {
  return left.label < right.label ? -1 : 1;
}

export const WHO_AND_WHEN: readonly FilterField[] = [
  { name: 'identity', label: 'Identity' },
  { name: 'from', label: 'From', kind: 'time' },
  { name: 'to', label: 'Until', kind: 'time' },
];

export function Refusals() {
  const navigate = useNavigate();
  const { values } = useFilters();
  const codes = useCodes();
  const fields = useMemo(
    () => [codeField([...codes.values()].filter(({ written }) => written !== 'never')), ...WHO_AND_WHEN],
    [codes],
  );
  const list = useList('/refusals', values);
  const { code: _, ...others } = values;
  const counts = useAnswer('/refusals/counts', { query: others });
  return (
    <Page
      title="Refusals"
      about="Requests, and events of batches, that the gateway refused, and why. Refusals before authentication are written down in samples; the metrics count all."
      actions={<ExportMenu path="/refusals" query={values} />}
    >
      <FilterBar fields={fields} error={list.error} />
      {counts.data !== undefined && <CodeCounts {...counts.data} />}
      <DataTable
        label="Refusals"
        columns={REFUSAL_COLUMNS}
        list={list}
        rowKey={(row) => String(row.sequence)}
        onOpen={(row) =>
          void navigate({ to: '/refusals/$sequence', params: { sequence: String(row.sequence) } })
        }
        empty={
          <EmptyState title="Nothing was refused">
            No refusal matches. Without filters that is good news: every request was taken, or none came.
          </EmptyState>
        }
      />
    </Page>
  );
}
