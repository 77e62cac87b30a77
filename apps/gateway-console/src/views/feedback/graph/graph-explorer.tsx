import { useMemo, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { EmptyState, Loading } from '../../../components/empty-state.tsx';
import { escaped } from '../../../components/escape-text.ts';
import { Field } from '../../../components/field.tsx';
import { Tabs } from '../../../components/tabs.tsx';
import { useFilters } from '../../../shell/use-filters.ts';
import styles from './graph.module.css';
import { GraphCanvas, stepThrough } from './graph-canvas.tsx';
import { NodeDetails } from './node-details.tsx';
import { NodeList } from './node-list.tsx';
import { type GraphEdge, type GraphNode, makeScene, type Scene, search } from './scene.ts';
import { useLayout } from './use-layout.ts';

/** A graph to look around in: drawn, searched, and as a list that says the same. */
export function GraphExplorer({
  nodes,
  edges,
}: {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}) {
  const layout = useLayout(nodes.length, edges);
  const scene = useMemo(
    () => (layout.state === 'done' ? makeScene(nodes, edges, layout.placed) : null),
    [layout, nodes, edges],
  );
  if (nodes.length === 0) {
    return <EmptyState title="No nodes">The graph names its target and nothing else.</EmptyState>;
  }
  if (layout.state === 'failed') {
    return (
      <EmptyState title="It could not be drawn">The browser gave the layout no thread of its own.</EmptyState>
    );
  }
  if (scene === null) return <Loading what={`Placing ${nodes.length.toLocaleString()} nodes`} />;
  return <Explorer scene={scene} />;
}

function Explorer({ scene }: { readonly scene: Scene }) {
  const { values, replace } = useFilters();
  const text = values.find ?? '';
  const selected = selectedOf(values.node, scene.nodes.length);
  const matches = useMemo(() => search(scene.nodes, text), [scene, text]);
  const [typed, setTyped] = useState(text);
  const details = useRef<HTMLDivElement>(null);
  const select = (node: number | null) => replace({ node: node === null ? undefined : String(node) });
  const step = (by: 1 | -1) => {
    const next = stepThrough(matches, selected, by);
    if (next !== null) select(next);
  };
  const open = () => details.current?.focus();
  const tabs = [
    {
      id: 'picture',
      label: 'Picture',
      content: (
        <GraphCanvas scene={scene} selected={selected} onSelect={select} matches={matches} onOpen={open} />
      ),
    },
    {
      id: 'list',
      label: 'List',
      content: <NodeList scene={scene} matches={matches} selected={selected} onSelect={select} />,
    },
  ];
  return (
    <>
      <search className={styles.tools} aria-label="Find in the graph">
        <Field label="Find" name="find" hint="In labels, kinds and members">
          {(control) => (
            <input
              {...control}
              type="search"
              value={typed}
              onChange={(change) => {
                setTyped(change.target.value);
                replace({ find: change.target.value });
              }}
              onKeyDown={(key) => {
                if (key.key === 'Enter') step(key.shiftKey ? -1 : 1);
              }}
            />
          )}
        </Field>
        {matches !== null && (
          <>
            <Button onClick={() => step(-1)} disabled={matches.size === 0}>
              Previous
            </Button>
            <Button onClick={() => step(1)} disabled={matches.size === 0}>
              Next
            </Button>
            <p className={styles.found} role="status">
              {matches.size.toLocaleString()} of {scene.nodes.length.toLocaleString()} nodes
            </p>
          </>
        )}
      </search>
      <Legend scene={scene} />
      <div className={styles.stage}>
        <Tabs label="The graph as" param="as" tabs={tabs} />
        <NodeDetails scene={scene} selected={selected} onSelect={select} focus={details} />
      </div>
    </>
  );
}

/** A link may name a node that this graph has not. */
function selectedOf(text: string | undefined, count: number): number | null {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return null;
  const node = Number(text);
  return node < count ? node : null;
}

function Legend({ scene }: { readonly scene: Scene }) {
  return (
    <ul className={styles.legend} aria-label="Kinds of nodes">
      {scene.kinds.map((kind, index) => (
        <li key={kind}>
          <span
            className={styles.swatch}
            style={{ background: `var(--chart-${index + 1})` }}
            aria-hidden="true"
          />
          {kind === '' ? 'without a kind' : escaped(kind)}
        </li>
      ))}
    </ul>
  );
}
