import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useAnswer, useList } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';
import { Severity } from '../../components/badge.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { CodeCounts } from '../refusals/code-counts.tsx';
import { SECURITY_COLUMNS } from '../refusals/columns.tsx';
import { codeField, WHO_AND_WHEN } from '../refusals/refusals.tsx';
import { useCodes } from '../refusals/use-codes.ts';

const LEVEL: FilterField = {
  name: 'level',
  label: 'Level',
  kind: 'select',
  options: ['critical', 'high', 'medium', 'low'].map((level) => ({ value: level, label: level })),
};

/** Somebody tried what they may not, or something is not what it was. */
export function Security() {
  const navigate = useNavigate();
  const { values } = useFilters();
  const codes = useCodes();
  const fields = useMemo(() => {
    const written = [...codes.values()].filter((code) => code.is_security_event && code.written !== 'never');
    return [LEVEL, codeField(written), ...WHO_AND_WHEN];
  }, [codes]);
  const list = useList('/security-events', values);
  const { code: _, ...others } = values;
  const counts = useAnswer('/security-events/counts', { query: others });
  return (
    <Page
      title="Security events"
      about="Somebody tried what they may not, or something is not what it was. Each is in the audit log and is forwarded."
      actions={<ExportMenu path="/security-events" query={values} />}
    >
      <FilterBar fields={fields} error={list.error} />
      {counts.data !== undefined && <CodeCounts {...counts.data} />}
      <DataTable
        label="Security events"
        columns={SECURITY_COLUMNS}
        list={list}
        rowKey={(row) => String(row.sequence)}
        onOpen={(row) =>
          void navigate({ to: '/refusals/$sequence', params: { sequence: String(row.sequence) } })
        }
        empty={
          <EmptyState title="No security event">
            None matches. Without filters: nobody tried what they may not since the log began.
          </EmptyState>
        }
      />
      {counts.data !== undefined && <OnlyCounted events={counts.data.unwritten} />}
    </Page>
  );
}

/** What no request stands behind, so that there is nothing to list. */
function OnlyCounted({ events }: { readonly events: Answer<'/security-events/counts'>['unwritten'] }) {
  if (events.length === 0) return null;
  return (
    <Panel
      title="Only counted"
      about="Before there is a request there is nothing to write down. Of this gateway, since its start."
    >
      <Facts>
        {events.map((event) => (
          <Fact key={event.code} name={event.code}>
            {event.events.toLocaleString()} <Severity value={event.level} /> {event.meaning}{' '}
            {event.events > 0 && event.what_to_do}
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}
