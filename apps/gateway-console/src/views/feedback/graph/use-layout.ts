import { useEffect, useMemo, useState } from 'react';
import type { LayoutInput } from './layout/edges.ts';
import type { Placed } from './layout/place-nodes.ts';

export type LayoutState =
  | { readonly state: 'working' }
  | { readonly state: 'failed' }
  | { readonly state: 'done'; readonly placed: Placed; readonly milliseconds: number };

interface Edge {
  readonly from: number;
  readonly to: number;
}

/** Places of the nodes, worked out in a thread of its own; anew when the graph is another one. */
export function useLayout(nodeCount: number, edges: readonly Edge[]): LayoutState {
  const input: LayoutInput = useMemo(
    () => ({
      nodeCount,
      from: Uint32Array.from(edges, (edge) => edge.from),
      to: Uint32Array.from(edges, (edge) => edge.to),
    }),
    [nodeCount, edges],
  );
  const [done, setDone] = useState<{ readonly of: LayoutInput; readonly layout: LayoutState } | null>(null);
  useEffect(() => {
    const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
    const start = performance.now();
    worker.onmessage = ({ data }: MessageEvent<Placed>) => {
      const milliseconds = performance.now() - start;
      setDone({ of: input, layout: { state: 'done', placed: data, milliseconds } });
      worker.terminate();
    };
    worker.onerror = () => setDone({ of: input, layout: { state: 'failed' } });
    worker.postMessage(input);
    return () => worker.terminate();
  }, [input]);
  return done?.of === input ? done.layout : { state: 'working' };
}
