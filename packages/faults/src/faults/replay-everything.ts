import { type FaultKind, startDeliveries } from '../fault-kind.ts';

/** Of what was sent before, at most that many, the newest first: they are the ones still in their window. */
const REPLAYS = 40;

/** A client that sends again, byte for byte, what it ever sent, twice at once and among new events. */
export const replayEverything: FaultKind = {
  name: 'client-replays-everything',
  strike: async (world, random, label) => {
    await startDeliveries(world, random, label, random.between(2, 6));
    const again = world.client.sent.slice(-REPLAYS);
    const deliveries = startDeliveries(world, random, `${label}-among`, 2);
    const answers = await Promise.all([...again, ...again].map((signed) => world.client.send(signed)));
    await deliveries;
    if (!answers.some((answer) => answer?.code === 'replay_detected')) {
      throw new Error('no replay was refused as one: the fault missed');
    }
  },
};
