import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpointText, parseNote } from '@nyxera/federation-protocol';
import type { LeftEvidence } from '../demo/prove.ts';
import type { Report } from '../demo/report.ts';
import { askGateway, IDENTITY, TENANT, type World } from '../demo/world.ts';
import { readLog } from './read-log.ts';
import type { Fingerprint } from './report-facts.ts';
import { writeReport } from './report-html.ts';

/** Writes `report.html` into the folder. The gateway may have ended by now. */
export async function leaveReport(
  world: World,
  report: Report,
  folder: string,
  left: LeftEvidence & { readonly started: Date },
): Promise<void> {
  const { checkpoint } = JSON.parse(readFileSync(join(folder, 'checkpoint.json'), 'utf8')) as {
    checkpoint: string;
  };
  const note = parseNote(checkpoint);
  const head = note.ok ? parseCheckpointText(note.value.text) : note;
  if (!head.ok) throw new Error(`the checkpoint cannot be read: ${head.code}`);
  const page = writeReport({
    started: left.started,
    database: world.gateway.database,
    tenant: TENANT,
    log: head.value.origin,
    key: left.key,
    root: Buffer.from(head.value.root).toString('base64'),
    size: head.value.size,
    steps: report.steps,
    entries: readLog(folder),
    fingerprints: await fingerprintsOf(world),
    tenantExport: `tenant-${TENANT}.jsonl`,
    ocsf: left.ocsf,
  });
  writeFileSync(join(folder, 'report.html'), page);
}

interface ListedKey {
  readonly owner: string;
  readonly purpose: string;
  readonly kid: string;
}

async function fingerprintsOf(world: World): Promise<readonly Fingerprint[]> {
  const { keys } = await askGateway<{ keys: readonly ListedKey[] }>(world, ['key', 'list']);
  const ca = createHash('sha256').update(new X509Certificate(world.caPem).raw).digest('hex');
  return [
    ...keys.map(({ owner, purpose, kid }) => ({
      what: `${purpose} key`,
      whose: owner === '@gateway' ? 'the gateway' : owner,
      fingerprint: kid,
    })),
    { what: 'client certificate', whose: IDENTITY, fingerprint: world.agentCertificate.sha256 },
    { what: 'server certificate', whose: 'the gateway', fingerprint: world.serverCertificate.sha256 },
    { what: 'certificate pinned to nobody', whose: 'the enemy', fingerprint: world.otherCertificate.sha256 },
    { what: 'certificate authority', whose: 'both', fingerprint: ca },
  ];
}
