import { type FaultKind, FaultMissed } from '../fault-kind.ts';
import { startDeliveries } from '../traffic.ts';

/** The newest ones are still in their window, so that the nonce alone stands against them; twice at once. */
const NEWEST = 40;
/** At a time, so that it is the gateway that is busy and not the client's queue. */
const WAVE = 50;

/** A client that sends again, byte for byte, everything it ever sent, among new events. */
export const replayEverything: FaultKind = {
  name: 'client-replays-everything',
  strike: async (world, random, label) => {
    const { client } = world;
    await startDeliveries(world, random, label, random.between(2, 6));
    const newest = client.sent.slice(-NEWEST);
    const everything = [...newest, ...newest, ...client.sent.slice(0, -NEWEST)];
    const deliveries = startDeliveries(world, random, `${label}-among`, 2);
    const codes = new Map<string, number>();
    for (let at = 0; at < everything.length; at += WAVE) {
      const answers = await Promise.all(everything.slice(at, at + WAVE).map((one) => client.send(one)));
      for (const answer of answers) {
        const code = answer?.code ?? String(answer?.status ?? 'none');
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    await deliveries;
    // What is out of its window is refused for that, and everything else as a replay; nothing may be left over.
    const replays = codes.get('replay_detected') ?? 0;
    const refused = replays + (codes.get('timestamp_out_of_window') ?? 0);
    if (replays === 0) throw new FaultMissed('no replay was refused as one');
    if (refused !== everything.length) {
      throw new Error(`of ${everything.length} replays: ${JSON.stringify([...codes])}`);
    }
    return 'all refused';
  },
};
