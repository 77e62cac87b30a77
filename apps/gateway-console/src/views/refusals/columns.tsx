import type { Item } from '../../api/types.ts';
import { Severity } from '../../components/badge.tsx';
import type { Column } from '../../components/data-table.tsx';
import { Id } from '../../components/id.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';

export type Entry = Item<'/refusals'>;

const TIME: Column<Entry> = {
  id: 'time',
  title: 'Time',
  width: '11rem',
  cell: (row) => <Time at={row.recorded_at} />,
};
const CODE: Column<Entry> = {
  id: 'code',
  title: 'Code',
  width: 'minmax(11rem, 1.4fr)',
  card: 'title',
  cell: (row) => row.code,
};
const LEVEL: Column<Entry> = {
  id: 'level',
  title: 'Level',
  width: '6.5rem',
  cell: (row) => <Severity value={row.level} />,
};
const WHO: readonly Column<Entry>[] = [
  {
    id: 'identity',
    title: 'Identity',
    cell: (row) => (row.identity === null ? 'a stranger' : <Text value={row.identity} most={60} />),
  },
  {
    id: 'tenant',
    title: 'Tenant',
    cell: (row) => (row.tenant_id === null ? '–' : <Id value={row.tenant_id} what="tenant" bare />),
  },
  {
    id: 'operator',
    title: 'Operator',
    card: 'hide',
    cell: (row) => (row.operator_id === null ? '–' : <Text value={row.operator_id} most={40} />),
  },
  {
    id: 'subject',
    title: 'About',
    width: 'minmax(8rem, 1.4fr)',
    cell: (row) =>
      row.subject === null ? <code>{row.action}</code> : <Text value={row.subject} most={80} mono />,
  },
];

export const REFUSAL_COLUMNS = [TIME, CODE, ...WHO];
export const SECURITY_COLUMNS = [TIME, LEVEL, CODE, ...WHO];
