import { percentiles } from '../percentiles.ts';
import type { CallMeasurement } from './console-report.ts';
import { type ConsoleSession, callConsole } from './open-session.ts';

/** One after the other, the answer read to its end. The first call of each is not measured: plans and pages are cold. */
export async function measureCalls(
  session: ConsoleSession,
  calls: readonly string[],
  times: number,
): Promise<readonly CallMeasurement[]> {
  const measured: CallMeasurement[] = [];
  for (const call of calls) measured.push(await measureCall(session, call, times));
  return measured;
}

async function measureCall(session: ConsoleSession, call: string, times: number): Promise<CallMeasurement> {
  const path = await withCursor(session, call);
  const statuses: Record<string, number> = {};
  const latencies = new Float64Array(times);
  let items: number | null = null;
  for (let at = -1; at < times; at += 1) {
    const started = performance.now();
    const answer = await callConsole(session, path);
    const text = await answer.text();
    if (at < 0) {
      items = (JSON.parse(text) as { items?: readonly unknown[] }).items?.length ?? null;
      continue;
    }
    latencies[at] = performance.now() - started;
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
  }
  return { call, calls: times, statuses, items, latencyMs: percentiles([latencies]) };
}

/** `{after}` becomes the cursor that the first page names; a list of one page is asked plainly. */
async function withCursor(session: ConsoleSession, call: string): Promise<string> {
  const [path = '', query] = call.split('?');
  if (query !== 'after={after}') return call;
  const first = (await (await callConsole(session, path)).json()) as { next?: string | null };
  return typeof first.next === 'string' ? `${path}?after=${encodeURIComponent(first.next)}` : path;
}
