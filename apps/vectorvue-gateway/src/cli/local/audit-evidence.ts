import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointFile } from '@nyxera/federation-protocol/audit-proof';
import type { Command } from 'commander';
import {
  CHECKPOINT_FILE,
  type EvidenceFolder,
  LOG_FILE,
  PROOFS_DIRECTORY,
} from '../../audit/evidence-folder.ts';
import { readExportLine } from '../../audit/export-line.ts';
import { CommandRefused, type CommonOptions } from '../command.ts';
import { commandProgress } from '../command-progress.ts';
import { defineCommand, moment } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Ask, Report } from '../program.ts';
import { exportPages } from './export-pages.ts';
import { sealFolder } from './seal-folder.ts';
import { intoFile, writeExport } from './write-export.ts';

/** Proofs are files, and held by id while the folder is made. */
const MAX_REQUESTS = 10_000;

interface EvidenceOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
}

/** `audit evidence DIR`: everything that an auditor needs to check a time offline, in one folder. */
export function registerAuditEvidence(program: Command, io: CliIo, ask: Ask, report: Report): void {
  defineCommand(program, 'audit evidence', {
    arguments: '<folder>',
    summary: 'a folder for an auditor: checkpoint, every entry of the log, and a proof of each request',
    example: 'audit evidence evidence-2026-02 --from 2026-02-01T00:00:00Z --to 2026-03-01T00:00:00Z',
    notes: `The folder must not exist yet. It is checked with "audit verify-proof FOLDER", without a database. Entries are there without what they commit to; the proofs hold tenant, operator, subject and the signed bytes of each request: hand it only to whom these may be shown. At most ${MAX_REQUESTS} requests: narrow the time with --from and --to.`,
  })
    .option('--from <time>', 'prove requests that were recorded then or later (RFC 3339)', moment)
    .option('--to <time>', 'prove requests that were recorded before (RFC 3339)', moment)
    .action(async (directory: string, options: EvidenceOptions) => {
      const { from = null, to = null } = options;
      const { checkpoint, size } = (await ask('audit checkpoint', {})).json as unknown as {
        readonly checkpoint: CheckpointFile;
        readonly size: number;
      };
      makeFolder(directory);
      writeFileSync(join(directory, CHECKPOINT_FILE), `${JSON.stringify(checkpoint, null, 1)}\n`, {
        mode: 0o600,
      });
      const requests = await writeLog(ask, directory, size, { from, to });
      const progress = commandProgress(io);
      try {
        await writeProofs(ask, directory, size, requests, progress.update);
      } finally {
        progress.stop();
      }
      const { log, key } = checkpoint;
      const about = { kind: 'nyxera.evidence-folder', v: 1, log, key, size, from, to } as const;
      const sealed: EvidenceFolder = await sealFolder(directory, about);
      report(
        {
          json: {
            ok: true,
            log,
            key,
            size,
            requests: requests.length,
            files: Object.keys(sealed.files).length,
          },
          lines: [
            `${requests.length} requests proven under the checkpoint of ${size} entries of the log ${log}`,
            `check it with: vectorvue-gateway audit verify-proof ${directory} --key ${key}`,
          ],
          exitCode: EXIT.ok,
        },
        options,
      );
    });
}

function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
    mkdirSync(join(directory, PROOFS_DIRECTORY), { mode: 0o700 });
  } catch {
    throw new CommandRefused(
      'out_file',
      `${directory} cannot be made (it must not exist yet); nothing was done`,
    );
  }
}

/** The whole log, whatever the time: only then it can be shown that nothing is missing. @returns requests to prove. */
async function writeLog(
  ask: Ask,
  directory: string,
  size: number,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): Promise<readonly string[]> {
  const requests = new Set<string>();
  const pages = exportPages(ask, { allTenants: true, below: size });
  const seen = async function* (): AsyncGenerator<readonly string[]> {
    for await (const lines of pages) {
      for (const line of lines) {
        const entry = readExportLine(line)?.entry;
        const { request_id: id, recorded_at: at } = entry ?? {};
        if (typeof id !== 'string' || typeof at !== 'string') continue;
        const time = Date.parse(at);
        if ((from === null || time >= Date.parse(from)) && (to === null || time < Date.parse(to)))
          requests.add(id);
      }
      if (requests.size > MAX_REQUESTS) {
        throw new CommandRefused(
          'too_many',
          `more than ${MAX_REQUESTS} requests: narrow the time with --from and --to`,
        );
      }
      yield lines;
    }
  };
  await intoFile(join(directory, LOG_FILE), (sink) => writeExport(seen(), 'jsonl', {}, sink));
  return [...requests];
}

async function writeProofs(
  ask: Ask,
  directory: string,
  size: number,
  requests: readonly string[],
  progress: (done: number, total: number) => void,
): Promise<void> {
  for (const [at, request] of requests.entries()) {
    // Under the one checkpoint of the folder, also when there is a newer one by now.
    const { file } = await ask('audit prove', { request, size });
    if (file === undefined)
      throw new CommandRefused('unknown_request', 'there is no proof of a request of the log');
    writeFileSync(join(directory, PROOFS_DIRECTORY, `${request}.json`), file, { mode: 0o600, flag: 'wx' });
    progress(at + 1, requests.length);
  }
}
