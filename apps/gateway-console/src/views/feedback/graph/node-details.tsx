import type { RefObject } from 'react';
import { Severity } from '../../../components/badge.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { escaped } from '../../../components/escape-text.ts';
import { Fact, Facts } from '../../../components/page.tsx';
import { Text } from '../../../components/text.tsx';
import styles from './graph.module.css';
import { neighboursOf, type Scene } from './scene.ts';

/** More neighbours than these are not listed here; the list below and the picture have them. */
const MAX_ENDS = 60;

/** The selected node: its members as the sender wrote them, and where its edges lead. */
export function NodeDetails({
  scene,
  selected,
  onSelect,
  focus,
}: {
  readonly scene: Scene;
  readonly selected: number | null;
  readonly onSelect: (node: number) => void;
  readonly focus: RefObject<HTMLDivElement | null>;
}) {
  const node = selected === null ? undefined : scene.nodes[selected];
  return (
    <section className={styles.node} ref={focus} tabIndex={-1} aria-label="Selected node">
      {node === undefined || selected === null ? (
        <EmptyState title="No node selected">
          Click one, go there with the arrow keys, or choose it in the list.
        </EmptyState>
      ) : (
        <>
          <h3>
            <Text value={node.label} />
          </h3>
          <Facts>
            {node.severity !== null && (
              <Fact name="Severity">
                <Severity value={node.severity} />
              </Fact>
            )}
            {node.members.map(([name = '', value = '']) => (
              <Fact key={name} name={escaped(name)}>
                <Text value={value} mono />
              </Fact>
            ))}
          </Facts>
          <Ends
            title="Leads to"
            scene={scene}
            nodes={neighboursOf(scene.after, selected)}
            onSelect={onSelect}
          />
          <Ends
            title="Comes from"
            scene={scene}
            nodes={neighboursOf(scene.before, selected)}
            onSelect={onSelect}
          />
        </>
      )}
    </section>
  );
}

function Ends({
  title,
  scene,
  nodes,
  onSelect,
}: {
  readonly title: string;
  readonly scene: Scene;
  readonly nodes: readonly number[];
  readonly onSelect: (node: number) => void;
}) {
  if (nodes.length === 0) return null;
  const shown = [...new Set(nodes)].slice(0, MAX_ENDS);
  return (
    <>
      <h3>
        {title} {nodes.length.toLocaleString()}
      </h3>
      <ul className={styles.ends}>
        {shown.map((node) => (
          <li key={node}>
            <button type="button" className={styles.end} onClick={() => onSelect(node)}>
              {escaped(scene.nodes[node]?.kind ?? '')} {escaped(scene.nodes[node]?.label ?? '')}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
