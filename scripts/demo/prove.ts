/**
 * Can the gateway prove what it did? The whole log is verified where it is; then everything goes into a folder, which is
 * checked by a program that has nothing but the folder and the log's key, and forged ones are refused.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Finished, runProgram } from './processes.ts';
import type { Report, Step } from './report.ts';
import { askGateway, TENANT, type World } from './world.ts';

export interface AuditVerification {
  readonly ok: boolean;
  readonly entries: number;
  /** Entries that a checkpoint was signed over. */
  readonly signed: number;
}

export interface LeftEvidence {
  readonly audit: AuditVerification;
  /** Verifier key of the log. */
  readonly key: string;
  /** Name of the file with the same as OCSF events. */
  readonly ocsf: string;
}

/** Verifies the folder as an auditor does: no database, no configuration, and the key from elsewhere. */
export function verifyFolder(folder: string, key: string): Promise<Finished> {
  return runProgram('gateway', ['audit', 'verify-proof', folder, '--key', key, '--json'], {});
}

/** Writes again what the folder holds, after the report has come into it. */
export async function sealFolder(folder: string): Promise<void> {
  const sealed = await runProgram('gateway', ['audit', 'seal', folder, '--json'], {});
  if (sealed.exitCode !== 0) throw new Error(`the folder could not be sealed\n${sealed.stderr}`);
}

/** Makes the folder `out`, which must not exist yet, of everything that the log holds now. */
export async function proveTheLog(world: World, report: Report, out: string): Promise<LeftEvidence> {
  const audit = await verifyWhenSigned(world);
  report.add({
    name: 'audit log verified: every entry, tile and checkpoint, contiguous sequence',
    expected: 'no fault',
    observed: audit.ok ? `${audit.entries} entries, ${audit.signed} signed, no fault` : JSON.stringify(audit),
    ok: audit.ok && audit.entries > 0 && audit.signed === audit.entries,
    evidence: {},
  });
  mkdirSync(dirname(out), { recursive: true });
  const made = await askGateway<{ key: string; requests: number }>(world, ['audit', 'evidence', out]);
  const scope = ['--tenant', TENANT, '--disclose', '--json'];
  await askGateway(world, ['audit', 'export', ...scope, '--out', join(out, `tenant-${TENANT}.jsonl`)]);
  const ocsf = await exportOcsf(world, out);
  await sealFolder(out);
  const { key, requests } = made;
  const sound = await verifyFolder(out, key);
  report.add({
    name: 'a folder proves every request of the run, offline and without a database',
    expected: 'proven',
    observed: sound.exitCode === 0 ? 'proven' : `exit ${sound.exitCode} ${sound.stdout}`,
    ok: sound.exitCode === 0,
    evidence: { requests, check: `vectorvue-gateway audit verify-proof ${out} --key ${key}` },
  });
  for (const forgery of FORGERIES) report.add(await tryForgery(forgery, out, key, world.directory));
  return { audit, key, ocsf };
}

/** A checkpoint follows the last entry within a second or so; the folder is to hold all of them. */
async function verifyWhenSigned(world: World): Promise<AuditVerification> {
  for (let attempt = 0; ; attempt += 1) {
    const audit = await askGateway<AuditVerification>(world, ['audit', 'verify']);
    if (audit.signed === audit.entries || attempt === 30) return audit;
    await sleep(500);
  }
}

async function exportOcsf(world: World, out: string): Promise<string> {
  const name = 'ocsf.jsonl';
  const scope = ['--tenant', TENANT, '--disclose', '--format', 'ocsf'];
  const args = ['audit', 'export', ...scope, '--out', join(out, name), '--json'];
  const finished = await runProgram('gateway', args, world.gatewayEnvironment);
  if (finished.exitCode !== 0) throw new Error(`the OCSF export failed\n${finished.stderr}`);
  return name;
}

interface Forgery {
  readonly name: string;
  readonly code: string;
  forge(folder: string): void;
}

const firstProof = (folder: string): string =>
  join(folder, 'proofs', readdirSync(join(folder, 'proofs')).sort()[0] ?? '');

/** Each is sealed again, so that the list of files is no help: what finds it is what was signed. */
const FORGERIES: readonly Forgery[] = [
  {
    name: 'the same folder with a refusal told as an acceptance',
    code: 'wrong_leaf',
    forge: (folder) => {
      const path = join(folder, 'log.jsonl');
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace('"code":"replay_detected"', '"code":"accepted"'),
      );
    },
  },
  {
    name: 'the same folder without one of its proofs',
    code: 'unproven_request',
    forge: (folder) => rmSync(firstProof(folder)),
  },
];

async function tryForgery(
  { name, code, forge }: Forgery,
  out: string,
  key: string,
  scratch: string,
): Promise<Step> {
  const folder = join(scratch, `forged-${code}`);
  cpSync(out, folder, { recursive: true });
  forge(folder);
  await sealFolder(folder);
  const refused = await verifyFolder(folder, key);
  const fault = (refused.json as { fault?: { code?: string; place?: string } } | null)?.fault;
  return {
    name,
    expected: code,
    observed: fault?.code ?? `exit ${refused.exitCode}`,
    ok: refused.exitCode === 1 && fault?.code === code,
    evidence: { place: fault?.place ?? 'none' },
  };
}
