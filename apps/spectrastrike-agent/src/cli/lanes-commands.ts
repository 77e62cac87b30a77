import { createSpool } from '../spool/spool.ts';
import { type CommandSpec, optionCount } from './command.ts';
import { table, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { counted, instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

export const lanesList: CommandSpec = {
  name: 'list',
  summary: 'List the lanes (gateway, operator, tenant) and what paused them',
  examples: ['lanes list'],
  run: async (context) =>
    withState(context, await stateConfig(context), (state) => {
      const lanes = createSpool(state, context).lanes();
      return {
        blocks: [
          table(
            ['lane', 'gateway', 'operator', 'tenant', 'state', 'code', 'next probe'],
            lanes.map((one) => [
              String(one.laneId),
              one.gateway,
              one.operatorId,
              one.tenantId,
              one.state,
              one.pausedCode ?? '-',
              instant(one.probeAfterMs),
            ]),
          ),
        ],
        json: [
          {
            lanes: lanes.map((one) => ({
              lane: one.laneId,
              gateway: one.gateway,
              operator_id: one.operatorId,
              tenant_id: one.tenantId,
              state: one.state,
              code: one.pausedCode,
              probe_after_ms: one.probeAfterMs,
            })),
          },
        ],
        exitCode: lanes.some((one) => one.state === 'paused') ? EXIT_UNFINISHED : EXIT_OK,
      };
    }),
};

/** `lanes probe`: by hand, what otherwise happens once a minute (PROTOCOL.md section 13). */
export const lanesProbe: CommandSpec = {
  name: 'probe',
  summary: 'Let paused lanes be probed at once by the next send, instead of within a minute',
  options: [{ flags: '--lane <number>', description: 'one lane only', type: 'count' }],
  examples: ['lanes probe', 'lanes probe --lane 1'],
  run: async (context, _args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const spool = createSpool(state, context);
      const wanted = optionCount(options, 'lane', 0);
      const lanes = spool
        .lanes()
        .filter((one) => one.state === 'paused' && (wanted === 0 || one.laneId === wanted));
      for (const lane of lanes) spool.probeLaneNow(lane.laneId);
      return {
        blocks: [
          text(`${counted(lanes.length, 'lane')} may be probed now; spectrastrike-agent send does it.`),
        ],
        json: [{ probed: lanes.map((one) => one.laneId) }],
        exitCode: wanted !== 0 && lanes.length === 0 ? EXIT_FAULT : EXIT_OK,
      };
    }),
};
