import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { BenchContext } from '../bench-context.ts';
import { Connection } from '../connection.ts';
import { targetOf } from '../measure-bare.ts';
import { createRequestMaker } from '../prepare-requests.ts';
import type { RunningGateway } from '../programs.ts';

/** Of a hundred events one is sent twice, and one is changed after it was signed. */
const REFUSED_EVERY = 100;

/**
 * What the copies are copies of: single events, signed and sent for real, with a replay and a forgery every hundred.
 * @throws Error where an answer is another than it must be.
 */
export async function sendOriginals(
  context: BenchContext,
  gateway: RunningGateway,
  events: number,
): Promise<void> {
  const { world } = context;
  const target = targetOf(context, gateway.port);
  const secure = createSecureContext({
    ca: readFileSync(target.caPath),
    cert: readFileSync(target.certPath),
    key: readFileSync(target.keyPath),
  });
  const maker = createRequestMaker(context.source, context.nextRun(), {
    signingKeyPath: world.signingKeyPath,
    certificateSha256: world.agent.sha256,
  });
  const connection = await Connection.open(target, secure);
  const send = async (request: Buffer, expected: number): Promise<void> => {
    const status = await new Promise<number>((resolve) => connection.send(request, resolve));
    if (status !== expected) throw new Error(`answered ${status} instead of ${expected}`);
  };
  try {
    for (let at = 0; at < events; at += 1) {
      const request = maker.next(null);
      await send(request, 202);
      if (at % REFUSED_EVERY !== 0) continue;
      await send(request, 409);
      await send(changed(maker.next(null)), 401);
    }
  } finally {
    connection.close();
  }
}

/** One letter of the body, which stays JSON. */
function changed(request: Buffer): Buffer {
  const copy = Buffer.from(request);
  const at = copy.indexOf('"HOST_LOG"') + 1;
  copy[at] = 'G'.charCodeAt(0);
  return copy;
}
