import { systemClock } from '../deliver/system-clock.ts';
import { graphBody, listGraphs, markPushed, type StoredGraph } from '../graph/graph-store.ts';
import { pushGraph } from '../graph/push-graph.ts';
import type { SignedOutcome } from '../prepare-envelope.ts';
import type { CliContext } from './cli-context.ts';
import { type CommandSpec, optionCount, optionFilter, optionHash } from './command.ts';
import { table, text } from './command-result.ts';
import { type Exchange, logUntrusted, type Refusal, readExchange, withGateway } from './connect-gateway.ts';
import { EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { isOf } from './push-graphs.ts';
import { forTenant, TENANT_OPTION } from './tenant-option.ts';
import { gatewayConfig, withState } from './with-state.ts';

const DEFAULT_WAIT_SECONDS = 60;

interface Pushed {
  readonly graph: StoredGraph;
  readonly requestId: string | null;
  readonly refusal: Refusal | null;
}

/** `graph push`: what was built and not pushed yet, for the configured gateway, operator and tenant. */
export const graphPush: CommandSpec = {
  name: 'push',
  summary: 'Sign and send the built graphs; feedback can then be anchored to them',
  options: [
    TENANT_OPTION,
    { flags: '--execution <hash>', description: 'one execution fingerprint only' },
    { flags: '--target <urn>', description: 'one target only' },
    {
      flags: '--wait <seconds>',
      description: "the longest wait that the gateway's rate limit may ask for",
      default: String(DEFAULT_WAIT_SECONDS),
      type: 'count',
    },
    { flags: '--again', description: 'also those that were pushed before' },
  ],
  examples: ['graph push', 'graph push --target urn:target:ip:10.0.0.5 --json'],
  run: async (process, _args, options) => {
    const context = forTenant(process, options);
    const config = await gatewayConfig(context);
    const waitMs = 1000 * optionCount(options, 'wait', DEFAULT_WAIT_SECONDS);
    return withState(context, config, async (state) => {
      const filter = {
        unpushedOnly: options.again !== true,
        executionHash: optionHash(options, 'execution'),
        targetUrn: optionFilter(options, 'target'),
      };
      const stored = state.read(() => listGraphs(state.db, filter));
      const ours = stored.filter((one) => isOf(one, config));
      const pushed = await withGateway(context, config, async ({ sendSigned }) => {
        const done: Pushed[] = [];
        for (const graph of ours) {
          if (context.signal.aborted) break;
          const body = state.read(() => graphBody(state.db, graph.graphId));
          // Replaced meanwhile by one that knows more events: the next push takes that one.
          if (body === null) continue;
          const exchange = await pushPatiently(context, waitMs, () => pushGraph(sendSigned, graph, body));
          if (exchange.ok) {
            const requestId = typeof exchange.body.request_id === 'string' ? exchange.body.request_id : null;
            state.transaction(() => markPushed(state.db, graph.graphId, context.now(), requestId));
            done.push({ graph, requestId, refusal: null });
          } else {
            logUntrusted(state, config, exchange.refusal, context.now());
            done.push({ graph, requestId: null, refusal: exchange.refusal });
            // What stopped one request stops the next one too, except a fault of this graph itself.
            if (!isOwnFault(exchange.refusal)) break;
          }
        }
        return done;
      });
      const left = ours.length - pushed.filter((one) => one.refusal === null).length;
      return {
        blocks: [
          table(
            ['graph', 'execution', 'target', 'outcome', 'detail'],
            pushed.map(({ graph, requestId, refusal }) => [
              graph.graphId,
              graph.executionFingerprint,
              graph.targetUrn,
              refusal === null ? 'pushed' : refusal.code,
              refusal?.detail ?? requestId ?? '-',
            ]),
          ),
          ...(stored.length > ours.length
            ? [text(`${stored.length - ours.length} graphs belong to another gateway, operator or tenant.`)]
            : []),
          ...(stored.length === 0
            ? [text('Nothing to push: graph build makes graphs of what was delivered.')]
            : []),
        ],
        json: [
          {
            pushed: pushed.length - pushed.filter((one) => one.refusal !== null).length,
            left,
            graphs: pushed.map(({ graph, requestId, refusal }) => ({
              graph_id: graph.graphId,
              execution_fingerprint: graph.executionFingerprint,
              attestation_measurement_hash: graph.attestationMeasurementHash,
              target_urn: graph.targetUrn,
              request_id: requestId,
              code: refusal?.code ?? null,
              detail: refusal?.detail ?? null,
            })),
          },
        ],
        exitCode: left === 0 ? EXIT_OK : EXIT_UNFINISHED,
      };
    });
  },
};

/** A report about many targets makes more graphs than a minute's rate: wait as long as the gateway says, and go on. */
async function pushPatiently(
  context: CliContext,
  waitMs: number,
  push: () => Promise<SignedOutcome>,
): Promise<Exchange> {
  for (;;) {
    const exchange = readExchange(await push(), 202);
    if (exchange.ok || !THROTTLED.has(exchange.refusal.code) || context.signal.aborted) return exchange;
    const { retryAfterMs } = exchange.refusal;
    if (retryAfterMs === null || retryAfterMs > waitMs) return exchange;
    await systemClock.wait(Math.max(retryAfterMs, MINIMUM_WAIT_MS), context.signal);
  }
}

/** A Retry-After of 0 must not become a loop without a pause. */
const MINIMUM_WAIT_MS = 250;

// Deployed gateways answer without a code: then the status is the code (PROTOCOL.md section 13).
const THROTTLED: ReadonlySet<string> = new Set(['rate_limited', '429']);
const OWN_FAULTS: ReadonlySet<string> = new Set(['schema_invalid', 'payload_too_large', '422', '413']);

function isOwnFault(refusal: Refusal): boolean {
  return OWN_FAULTS.has(refusal.code);
}
