import type { LayoutInput } from './layout/edges.ts';
import { layoutGraph } from './layout/layout-graph.ts';

/** A thread of its own (CSP: worker-src 'self'): the page can be moved about while 5,000 nodes find their places. */
self.onmessage = ({ data }: MessageEvent<LayoutInput>) => {
  const placed = layoutGraph(data);
  self.postMessage(placed, { transfer: [placed.x.buffer, placed.y.buffer] });
};
