import { type FaultKind, FaultMissed } from '../fault-kind.ts';
import type { GatewayProcess } from '../gateway-process.ts';
import type { World } from '../world.ts';

const others = new WeakMap<World, { readonly port: number; readonly gateway: GatewayProcess }>();

/** A second gateway on the same database gets the same bytes at the same time: one of them may take them, once. */
export const twoGateways: FaultKind = {
  name: 'two-gateways-replay',
  prepare: async (world) => {
    others.set(world, await world.startAnother());
    return null;
  },
  strike: async (world, random, label) => {
    const { client } = world;
    const other = others.get(world)?.port;
    if (other === undefined) throw new Error('there is no second gateway');
    const labels = Array.from({ length: random.between(4, 10) }, (_, index) => `${label}-${index}`);
    const firsts = await Promise.all(
      labels.map(async (eventId) => {
        const [signed, afresh] = [await client.sign(eventId, 'high'), await client.sign(eventId, 'high')];
        // Three copies of the same bytes, and the same event signed afresh, which is no replay but a duplicate.
        const [here, there, again, retried] = await Promise.all([
          client.send(signed),
          client.send(signed, other),
          client.send(signed),
          client.send(afresh, other),
        ]);
        const codes = [here, there, again].map((answer) => answer?.code ?? answer?.status ?? 'none').sort();
        if (codes.join() !== '202,replay_detected,replay_detected' || retried?.status !== 202) {
          throw new Error(`${eventId}: ${codes.join()} and ${retried?.code ?? retried?.status ?? 'none'}`);
        }
        return there?.status === 202 ? 'other' : 'first';
      }),
    );
    const won = new Set(firsts);
    if (firsts.length === 0) throw new FaultMissed('nothing was sent to both');
    return won.size === 2 ? 'each took some' : 'one took all';
  },
  cleanUp: async (world) => others.get(world)?.gateway.stop(),
};
