import type { Command } from 'commander';
import { CommandRefused, type CommandResult, type CommonOptions, type JsonLike } from '../command.ts';
import { commandProgress } from '../command-progress.ts';
import type { EvidenceFinding, EvidencePage } from '../commands/evidence-verify-page.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Ask, Report } from '../program.ts';

/** Faults that are told one by one; the others are counted. */
const FAULTS_SHOWN = 1000;

interface VerifyOptions extends CommonOptions {
  readonly event?: string;
  readonly all?: boolean;
  readonly tenant?: string;
}

/** `evidence verify`: asks for page after page where the data is; memory holds one page, whatever there is. */
export function registerEvidenceVerify(program: Command, io: CliIo, ask: Ask, report: Report): void {
  defineCommand(program, 'evidence verify', {
    summary:
      'verify what was accepted again, from the stored bytes, signatures and the history of keys alone',
    example: 'evidence verify --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55',
    notes:
      'Told apart: valid; valid, and the key was revoked since; invalid (key_unknown, key_not_valid: not then, or not for this tenant; signature; content_hash; content: another event, operator, tenant or graph than is stored). Evidence that retention has removed is counted and is no fault. Exit code 1 where anything is invalid.',
  })
    .option('--event <id>', 'every event of this id')
    .option('--all', 'everything of every tenant')
    .option('--tenant <id>', 'only this tenant; alone: everything of it')
    .action(async (options: VerifyOptions) => {
      const { event = null, tenant = null, all = false } = options;
      if (event !== null && all) throw new CommandRefused('usage', '--event and --all exclude each other');
      if (event === null && tenant === null && !all) {
        throw new CommandRefused('usage', 'say --event ID, --tenant ID or --all');
      }
      const progress = commandProgress(io);
      try {
        report(await walk(ask, { event, tenant }, progress.update), options);
      } finally {
        progress.stop();
      }
    });
}

async function walk(
  ask: Ask,
  input: { readonly event: string | null; readonly tenant: string | null },
  update: (done: number, total: number) => void,
): Promise<CommandResult> {
  const verdicts = new Map<string, number>();
  const faults: EvidenceFinding[] = [];
  let total = 0;
  let checked = 0;
  let after: EvidencePage['next'] = null;
  let until: string | null = null;
  do {
    const asked: JsonLike = { ...input, after: after === null ? null : { ...after }, until };
    const page = (await ask('evidence verify-page', asked)).json as unknown as EvidencePage;
    ({ until, next: after } = page);
    total = page.total ?? total;
    for (const [verdict, count] of Object.entries(page.verdicts)) {
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + count);
      checked += count;
    }
    faults.push(...page.faults.slice(0, FAULTS_SHOWN - faults.length));
    update(checked, Math.max(total, checked));
  } while (after !== null);
  return summary(checked, verdicts, faults);
}

function summary(
  checked: number,
  verdicts: ReadonlyMap<string, number>,
  faults: readonly EvidenceFinding[],
): CommandResult {
  const of = (verdict: string): number => verdicts.get(verdict) ?? 0;
  const [valid, revoked, removed] = [of('valid'), of('valid_key_revoked'), of('evidence_removed')];
  const invalid = checked - valid - revoked - removed;
  return {
    json: {
      ok: invalid === 0,
      checked,
      valid,
      valid_key_revoked: revoked,
      invalid,
      evidence_removed: removed,
      faults: faults.map((fault) => ({ ...fault })),
    },
    table: {
      head: ['tenant', 'operator', 'event', 'request', 'why'],
      rows: faults.map((fault) => [
        fault.tenant_id,
        fault.operator_id,
        fault.event_id ?? '(graph)',
        fault.request_id,
        fault.why,
      ]),
    },
    lines: [
      `${checked} checked: ${valid} valid, ${revoked} valid with a key that was revoked since, ${invalid} invalid, ${removed} without evidence any more`,
    ],
    exitCode: invalid === 0 ? EXIT.ok : EXIT.fault,
  };
}
