import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './processes.ts';
import type { Report } from './report.ts';
import { askGateway, TENANT, type World } from './world.ts';

export interface AuditVerification {
  readonly ok: boolean;
  readonly entries: number;
  /** Entries that a checkpoint was signed over. */
  readonly signed: number;
}

interface AuditEntry {
  readonly action: string;
  readonly code: string;
  readonly request_id: string;
}

/**
 * Can the gateway prove what it did? The whole log is verified where it is; then one accepted request is proven by a
 * file, which is checked by a program that has nothing but the file and the log's key.
 */
export async function proveTheLog(world: World, report: Report, out: string): Promise<AuditVerification> {
  const audit = await askGateway<AuditVerification>(world, ['audit', 'verify']);
  report.add({
    name: 'audit log verified: every entry, tile and checkpoint, contiguous sequence',
    expected: 'no fault',
    observed: audit.ok ? `${audit.entries} entries, ${audit.signed} signed, no fault` : JSON.stringify(audit),
    ok: audit.ok && audit.entries > 0 && audit.signed > 0,
    evidence: {},
  });
  mkdirSync(out, { recursive: true });
  const keep = (name: string, content: unknown): string => {
    const path = join(out, name);
    writeFileSync(path, `${JSON.stringify(content, null, 1)}\n`);
    return path;
  };
  const listed = await askGateway<{ entries: AuditEntry[] }>(world, ['audit', 'list', '--tenant', TENANT]);
  const accepted = listed.entries.find(
    ({ action, code }) => action.startsWith('telemetry') && code === 'accepted',
  );
  const request = accepted?.request_id ?? '';
  const { proof } = await askGateway<{ proof: object }>(world, ['audit', 'prove', '--request', request]);
  const { checkpoint } = await askGateway<{ checkpoint: object }>(world, ['audit', 'checkpoint']);
  const { keys } = await askGateway<{ keys: { verifier_key: string }[] }>(world, ['audit', 'key']);
  const key = keys[0]?.verifier_key ?? '';
  keep('checkpoint.json', checkpoint);
  const path = keep('proof.json', proof);
  const check = (file: string) =>
    runProgram('gateway', ['audit', 'verify-proof', file, '--key', key, '--json'], {});
  const sound = await check(path);
  report.add({
    name: 'a request is proven by a file, offline and without a database',
    expected: 'proven',
    observed: sound.exitCode === 0 ? 'proven' : `exit ${sound.exitCode} ${sound.stdout}`,
    ok: sound.exitCode === 0,
    evidence: { request, check: `vectorvue-gateway audit verify-proof proof.json --key ${key}` },
  });
  const forged = keep(
    'proof-forged.json',
    JSON.parse(readFileSync(path, 'utf8').replace('accepted', 'rejected')),
  );
  const refused = await check(forged);
  rmSync(forged);
  const code = (refused.json as { fault?: { code?: string } } | null)?.fault?.code ?? 'none';
  report.add({
    name: 'the same file with one word changed',
    expected: 'proof_mismatch',
    observed: code,
    ok: refused.exitCode === 1 && code === 'proof_mismatch',
    evidence: {},
  });
  return audit;
}
