import { errnoCode } from '@nyxera/federation-cli';
import { openSigner } from '@nyxera/federation-key-custody';
import { recordMeasuredRun } from '../attestation/measure-run.ts';
import type { RecordedRun } from '../attestation/run-store.ts';
import { type FeedbackConfig, type LaneConfig, loadFeedbackConfig } from '../config.ts';
import { systemClock } from '../deliver/system-clock.ts';
import type { DeliverySummary } from '../deliver/types.ts';
import { createDelivery } from '../deliver.ts';
import { REPORT_FORMATS, type ReportFormat } from '../intake/index.ts';
import { followActiveKey } from '../keys/follow-active-key.ts';
import { createAgentLogger } from '../logging.ts';
import { SeqRanges } from '../spool/seq-ranges.ts';
import { createSpool, type Spool } from '../spool/spool.ts';
import type { State } from '../state/open-state.ts';
import { StateFault } from '../state/state-fault.ts';
import { readDeliveryStatus } from '../status/delivery-status.ts';
import { notTaken, type TakenReport, takeReport } from '../take-report.ts';
import { LARGEST_REQUEST_INPUT } from '../trust/signing-limits.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, type Options, optionCount, optionText } from './command.ts';
import { withGateway } from './connect-gateway.ts';
import { countStates } from './count-known.ts';
import { exchangeWhenDue } from './exchange-when-due.ts';
import { EXIT_FAULT, EXIT_USAGE } from './exit-codes.ts';
import { openInput, STDIN } from './open-input.ts';
import { readMapping } from './read-mapping.ts';
import { sendProgress } from './send-progress.ts';
import { summarizeSend } from './send-summary.ts';
import { forTenant, TENANT_OPTION } from './tenant-option.ts';
import { gatewayConfig, laneConfig, withState } from './with-state.ts';

/** How long a backoff or a rate limit is waited for without any progress; seconds. */
const DEFAULT_WAIT_SECONDS = 10;
const DEFAULT_CAMPAIGN = 'default';
const ANOTHER_DRAINER_POLL_MS = 250;

/** `send`: measure -> read -> spool (fsync) -> deliver -> say what became of everything. */
export const send: CommandSpec = {
  name: 'send',
  arguments: '[file...]',
  summary: 'Spool reports and deliver them; without a file, deliver what is spooled',
  options: [
    { flags: '--format <format>', description: 'refuse files of another format', choices: REPORT_FORMATS },
    { flags: '--map <file>', description: 'how JSON lines are read, with --format jsonl' },
    { flags: '--tool <path>', description: 'the scanner binary, whose SHA-256 goes into the attestation' },
    { flags: '--campaign <id>', description: 'the campaign of the events', default: DEFAULT_CAMPAIGN },
    TENANT_OPTION,
    { flags: '--no-wait', description: 'spool only; needs neither key nor gateway' },
    {
      flags: '--wait <seconds>',
      description: 'how long to wait for a gateway that is away or slow, without any progress',
      default: String(DEFAULT_WAIT_SECONDS),
      type: 'count',
    },
  ],
  examples: [
    'send scan.xml results.sarif --tool /usr/bin/nmap',
    'send log.jsonl --format jsonl --map windows-exporter.yaml',
    'nuclei -jsonl | spectrastrike-agent send - --campaign q3-external --json',
  ],
  run: async (process, args, options) => {
    const context = forTenant(process, options);
    const deliverNow = options.wait !== false;
    const campaignId = optionText(options, 'campaign') ?? DEFAULT_CAMPAIGN;
    if (campaignId === '' || [...campaignId].length > 128) {
      throw new CliFault(EXIT_USAGE, '--campaign takes 1 to 128 characters');
    }
    if (args.filter((one) => one === STDIN).length > 1) {
      throw new CliFault(EXIT_USAGE, 'standard input can be read only once');
    }
    const full = deliverNow ? await gatewayConfig(context) : null;
    const config = full ?? (await spoolingConfig(context));
    return withState(context, config, async (state) => {
      const spool = createSpool(state, { now: context.now, bounds: () => config.bounds });
      const reports = await spoolAll(context, state, spool, config, args, options, campaignId);
      const lane = spool.openLane({ ...config, gateway: config.gatewayUrl });
      const seqs = new SeqRanges();
      for (const report of reports) seqs.addAll(report.seqs);
      const repeats = seqs.added - seqs.distinct;
      const count = () => state.read(() => countStates(state.db, lane.laneId, seqs));
      const before = count();
      const delivery = full === null ? null : await deliver(context, state, spool, full, options);
      const pending =
        delivery?.pending ??
        spool.counts().reduce((sum, one) => sum + (one.laneId === lane.laneId ? one.pending : 0), 0);
      const nowMs = context.now();
      const laneStatus = readDeliveryStatus(state, spool, nowMs).lanes.find(
        (one) => one.laneId === lane.laneId,
      );
      const held = laneStatus?.waiting ?? null;
      return summarizeSend({ reports, before, after: count(), repeats, delivery, pending, held, nowMs });
    });
  },
};

/** `--no-wait` needs no key; where all is configured, the whole is measured as it would be for a delivery. */
async function spoolingConfig(context: CliContext): Promise<LaneConfig | FeedbackConfig> {
  const full = await loadFeedbackConfig(context.environment);
  return full.ok ? full.value : laneConfig(context);
}

async function spoolAll(
  context: CliContext,
  state: State,
  spool: Spool,
  config: LaneConfig | FeedbackConfig,
  files: readonly string[],
  options: Options,
  campaignId: string,
): Promise<readonly TakenReport[]> {
  if (files.length === 0) return [];
  const format = (optionText(options, 'format') as ReportFormat | null) ?? null;
  const mapping = readMapping(format, optionText(options, 'map'));
  const run = await measured(context, state, config, optionText(options, 'tool'));
  const reports: TakenReport[] = [];
  for (const file of files) {
    const opened = await openInput(context, file, config.dataDir);
    if (!opened.ok) {
      reports.push(notTaken(file, [{ file, code: opened.code, where: 'file', expected: opened.expected }]));
      continue;
    }
    try {
      const { now, signal } = context;
      const around = { state, spool, config, run, campaignId, format, mapping, nowMs: now(), signal };
      reports.push(await unlessFull(file, () => takeReport(opened.report, around)));
    } finally {
      opened.report.close();
    }
  }
  return reports;
}

/** A spool or a disk that is full is this report's fault, and not the end: what is delivered makes room. */
async function unlessFull(file: string, take: () => Promise<TakenReport>): Promise<TakenReport> {
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof StateFault) || !FULL.has(error.code)) throw error;
    const expected = `room in the spool (${error.code}: ${error.message})`;
    return notTaken(file, [{ file, code: 'report_stopped', where: 'file', expected }]);
  }
}

const FULL: ReadonlySet<string> = new Set(['spool_full', 'state_full']);

async function measured(
  context: CliContext,
  state: State,
  config: LaneConfig | FeedbackConfig,
  toolPath: string | null,
): Promise<RecordedRun> {
  try {
    return await recordMeasuredRun(state, config, toolPath, context);
  } catch (error) {
    const code = errnoCode(error);
    if (toolPath === null || code === null) throw error;
    throw new CliFault(EXIT_FAULT, `--tool ${toolPath} cannot be measured (${code}); nothing was spooled`);
  }
}

function deliver(
  context: CliContext,
  state: State,
  spool: Spool,
  config: FeedbackConfig,
  options: Options,
): Promise<DeliverySummary> {
  const progress = sendProgress(context, options.json === true);
  return withGateway(context, config, async (connection) => {
    const { client, signer } = connection;
    const logger = createAgentLogger(config.logLevel);
    await using followed = followActiveKey({
      state,
      first: signer,
      open: (uri) => openSigner(uri, { askPin: context.askPin, largestInputBytes: LARGEST_REQUEST_INPUT }),
      onNews: (news) => {
        if (news.kind === 'taken') logger.info('key.taken', { kid: news.kid });
        else logger.warn('key.refused', { class: 'security', kid: news.kid, code: news.code });
      },
      elapsed: () => performance.now(),
    });
    const delivery = createDelivery({
      spool,
      client,
      signer,
      signerNow: () => followed.current(),
      config,
      logger,
      clock: { ...systemClock, now: context.now },
    });
    const waitMs = 1000 * optionCount(options, 'wait', DEFAULT_WAIT_SECONDS);
    const drain = () =>
      delivery.drain({
        until: 'settled',
        maxWaitMs: waitMs,
        // Somebody typed this command: that is the "by hand" of section 13.
        probeNow: true,
        signal: context.signal,
        onProgress: progress.update,
      });
    try {
      const summary = await drainOrWatch(context, drain, waitMs);
      // A gateway that is away or refuses is not asked for keys as well.
      if (summary.waiting === undefined) {
        const lanes = spool.lanes(client.gatewayUrl);
        await exchangeWhenDue(context, { config, state, connection }, lanes);
      }
      return summary;
    } finally {
      progress.stop();
    }
  });
}

/**
 * Where another process of this agent is draining, it delivers what was spooled here too: watch it as one watches
 * a slow gateway, and take over when it has gone.
 */
async function drainOrWatch(
  context: CliContext,
  drain: () => Promise<DeliverySummary>,
  waitMs: number,
): Promise<DeliverySummary> {
  let summary = await drain();
  let progressAt = context.now();
  while (summary.waiting?.reason === 'another_drainer' && summary.pending > 0) {
    if (context.signal.aborted || context.now() - progressAt >= waitMs) break;
    await systemClock.wait(ANOTHER_DRAINER_POLL_MS, context.signal);
    const { pending } = summary;
    summary = await drain();
    if (summary.pending < pending) progressAt = context.now();
  }
  return summary;
}
