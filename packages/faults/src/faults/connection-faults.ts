import type { Cut } from '../client-proxy.ts';
import { type FaultKind, FaultMissed } from '../fault-kind.ts';
import { startDeliveries } from '../traffic.ts';
import type { World } from '../world.ts';

const SEVERITIES = ['low', 'high'] as const;

/** What must be true of the attempt whose connection was cut at that place. */
interface Traces {
  readonly answered: boolean;
  /** The gateway had the whole request, and committed it. */
  readonly claimed: boolean;
}

const TRACES: Readonly<Record<Cut, Traces>> = {
  'before-request': { answered: false, claimed: false },
  'during-request': { answered: false, claimed: false },
  'before-response': { answered: false, claimed: true },
  'during-response': { answered: false, claimed: true },
  'after-response': { answered: true, claimed: true },
};

/** The connection between client and gateway breaks at that place of one request. */
function cutAt(name: string, cuts: readonly [Cut, ...Cut[]]): FaultKind {
  return {
    name,
    strike: async (world, random, label) => {
      // Its connection is open and its handshake over: the next chunk is the request.
      await startDeliveries(world, random, `${label}-before`, 1);
      const before = world.clientProxy.cuts();
      const cut = random.pick(cuts);
      world.clientProxy.arm(cut);
      await world.client.deliver(`${label}-cut`, random.pick(SEVERITIES));
      if (world.clientProxy.cuts() === before) throw new FaultMissed('no connection was cut');
      await expectTraces(world, `${label}-cut`, TRACES[cut]);
      return cut;
    },
  };
}

/** The proxy counts chunks of TLS; whether it met the place is told by the client and by the database. */
async function expectTraces(world: World, eventId: string, due: Traces): Promise<void> {
  const attempt = world.history.attempts.find((one) => one.eventId === eventId);
  if (attempt === undefined) throw new FaultMissed('the request was never sent');
  const seen: Traces = {
    answered: attempt.answer !== null,
    claimed: await world.isClaimed(attempt.nonce),
  };
  if (seen.answered !== due.answered || seen.claimed !== due.claimed) {
    throw new FaultMissed(`it was cut elsewhere: ${JSON.stringify({ seen, due })}`);
  }
}

export const cutBefore: FaultKind = cutAt('connection-cut-before-request', ['before-request']);
export const cutDuring: FaultKind = cutAt('connection-cut-during', ['during-request', 'during-response']);
export const cutBeforeResponse: FaultKind = cutAt('connection-cut-before-response', ['before-response']);
export const cutAfter: FaultKind = cutAt('connection-cut-after-response', ['after-response']);
