import { assignLayers } from './assign-layers.ts';
import { breakCycles } from './break-cycles.ts';
import type { LayoutInput } from './edges.ts';
import { orderLayers } from './order-layers.ts';
import { type Placed, placeNodes } from './place-nodes.ts';

/**
 * A layered layout (Sugiyama's, without the dummy nodes of long edges): same graph, same picture. Linear but for the sorting of
 * layers; why it is ours is in the package's README, with what libraries took for 5,000 nodes.
 */
export function layoutGraph(input: LayoutInput): Placed {
  const acyclic = breakCycles(input);
  const { layers, alone } = assignLayers(acyclic);
  return placeNodes(acyclic, orderLayers(acyclic, layers), alone);
}
