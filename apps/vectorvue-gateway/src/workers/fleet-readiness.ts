import type { Fleet } from './fleet.ts';

/** A worker that does not answer within this is not fit to serve. Milliseconds. */
const PATIENCE_MS = 2000;

/** `/readyz` for the whole: every worker that was asked for accepts, and none of them has a reason against it. */
export async function readFleetReadiness(fleet: Fleet): Promise<readonly string[]> {
  // The same reason of several workers (the database is away) is one reason.
  const reasons = new Set<string>();
  if (fleet.serving < fleet.wanted) {
    reasons.add(`workers: ${fleet.serving} of ${fleet.wanted} accept connections`);
  }
  const staying = fleet.links.filter((link) => !link.leaving);
  await Promise.all(
    staying.map(async (link) => {
      const answer = await link.ask({ type: 'readiness' }, PATIENCE_MS);
      if (Array.isArray(answer)) for (const reason of answer) reasons.add(String(reason));
      else reasons.add(`workers: worker ${link.slot} does not answer`);
    }),
  );
  return [...reasons];
}
