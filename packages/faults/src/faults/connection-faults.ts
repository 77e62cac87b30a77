import type { Cut } from '../client-proxy.ts';
import { type FaultKind, startDeliveries } from '../fault-kind.ts';

const SEVERITIES = ['low', 'high'] as const;

/** The connection between client and gateway breaks at that place of one request. */
function cutAt(name: string, cuts: readonly [Cut, ...Cut[]]): FaultKind {
  return {
    name,
    strike: async (world, random, label) => {
      // Its connection is open and its handshake over: the next chunk is the request.
      await startDeliveries(world, random, `${label}-before`, 1);
      const before = world.clientProxy.cuts();
      world.clientProxy.arm(random.pick(cuts));
      await world.client.deliver(`${label}-cut`, random.pick(SEVERITIES));
      if (world.clientProxy.cuts() === before) throw new Error('no connection was cut: the fault missed');
    },
  };
}

export const cutBefore: FaultKind = cutAt('connection-cut-before-request', ['before-request']);
export const cutDuring: FaultKind = cutAt('connection-cut-during', ['during-request', 'during-response']);
export const cutBeforeResponse: FaultKind = cutAt('connection-cut-before-response', ['before-response']);
export const cutAfter: FaultKind = cutAt('connection-cut-after-response', ['after-response']);
