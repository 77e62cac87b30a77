import { useMemo } from 'react';
import { Severity } from '../../../components/badge.tsx';
import { allRows, type Column, DataTable } from '../../../components/data-table.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { Text } from '../../../components/text.tsx';
import { neighboursOf, type Scene } from './scene.ts';

interface Row {
  readonly node: number;
  readonly label: string;
  readonly kind: string;
  readonly severity: string | null;
  readonly into: number;
  readonly out: number;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'label',
    title: 'Node',
    card: 'title',
    width: 'minmax(10rem, 3fr)',
    cell: (row) => <Text value={row.label} most={120} />,
  },
  {
    id: 'kind',
    title: 'Kind',
    width: 'minmax(6rem, 1fr)',
    cell: (row) => <Text value={row.kind} most={40} />,
  },
  {
    id: 'severity',
    title: 'Severity',
    width: '8rem',
    cell: (row) => (row.severity === null ? '–' : <Severity value={row.severity} />),
  },
  { id: 'into', title: 'Edges in', width: '6rem', align: 'end', cell: (row) => row.into.toLocaleString() },
  { id: 'out', title: 'Edges out', width: '6rem', align: 'end', cell: (row) => row.out.toLocaleString() },
];

/** The graph as a list, for who cannot see or point at the picture: Enter selects a node, its neighbours stand beside. */
export function NodeList({
  scene,
  matches,
  selected,
  onSelect,
}: {
  readonly scene: Scene;
  readonly matches: ReadonlySet<number> | null;
  readonly selected: number | null;
  readonly onSelect: (node: number) => void;
}) {
  const rows = useMemo(() => {
    const nodes = matches === null ? [...scene.nodes.keys()] : [...matches];
    return nodes.map((node) => ({
      node,
      label: scene.nodes[node]?.label ?? '',
      kind: scene.nodes[node]?.kind ?? '',
      severity: scene.nodes[node]?.severity ?? null,
      into: neighboursOf(scene.before, node).length,
      out: neighboursOf(scene.after, node).length,
    }));
  }, [scene, matches]);
  return (
    <DataTable
      label="Nodes"
      columns={COLUMNS}
      list={allRows(rows)}
      rowKey={(row) => String(row.node)}
      onOpen={(row) => onSelect(row.node)}
      isOpen={(row) => row.node === selected}
      empty={<EmptyState title="No node has that in it" />}
    />
  );
}
