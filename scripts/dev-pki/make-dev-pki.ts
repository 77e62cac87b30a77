import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { createPki } from '@nyxera/federation-testing/pki';
import type { Plan } from './arguments.ts';
import {
  agentEnvironment,
  environmentFile,
  gatewayEnvironment,
  type Made,
  type MadeKey,
} from './environment-files.ts';

/** Public facts about what was made; no key. */
export interface Summary {
  readonly directory: string;
  readonly serverSha256: string;
  readonly clientSha256: string;
  readonly feedbackKid: string;
  readonly telemetryKid: string;
  readonly evidenceKid: string;
  readonly auditKid: string;
}

/** The file that says a directory is ours, and everything else that a run writes. */
const MARKER = 'dev-pki.json';
const FILES = [
  'ca.pem',
  'ca.key',
  'server.crt',
  'server.key',
  'client.crt',
  'client.key',
  'telemetry.key',
  'feedback.key',
  'evidence.key',
  'audit.key',
  'gateway.env',
  'agent.env',
  // Last, so that a removal that was interrupted can be repeated.
  MARKER,
];
const PRIVATE = { mode: 0o600, flag: 'wx' };

export async function makeDevPki(
  plan: Plan,
): Promise<
  { readonly ok: true; readonly summary: Summary } | { readonly ok: false; readonly fault: string }
> {
  let made: Made;
  try {
    const fault = await prepareDirectory(plan);
    if (fault !== null) return { ok: false, fault };
    made = await makeFiles(plan);
  } catch (error) {
    return { ok: false, fault: (error as Error).message };
  }
  const summary: Summary = {
    directory: plan.out,
    serverSha256: made.server.sha256,
    clientSha256: made.client.sha256,
    feedbackKid: made.feedback.kid,
    telemetryKid: made.telemetry.kid,
    evidenceKid: made.evidence.kid,
    auditKid: made.audit.kid,
  };
  return { ok: true, summary };
}

export function describeSummary(summary: Summary): string {
  return `Made ${summary.directory}: a CA, server and client certificates, keys, gateway.env and agent.env.
  server certificate  ${summary.serverSha256}
  client certificate  ${summary.clientSha256}
  telemetry key       ${summary.telemetryKid}
  feedback key        ${summary.feedbackKid}
  evidence key        ${summary.evidenceKid}
  audit key           ${summary.auditKid}
For development only: the CA's private key lies beside the rest.`;
}

/**
 * A fresh directory of mode 0700, or with --force one that an earlier run made, without that run's files.
 * Only files of ours are ever removed, and only where our marker is: --force with a mistyped path must not
 * cost anybody a home directory.
 */
async function prepareDirectory(plan: Plan): Promise<string | null> {
  const name = JSON.stringify(plan.out);
  if (existsSync(plan.out)) {
    if (!plan.force)
      return `${name} exists; choose another directory, or --force to replace what dev-pki made there`;
    const found = await readdir(plan.out).catch(() => null);
    if (found === null) return `${name} is not a directory`;
    if (found.length > 0 && !found.includes(MARKER))
      return `${name} was not made by dev-pki; it is left as it is`;
    const othersMayEnter = ((await stat(plan.out)).mode & 0o077) !== 0;
    if (othersMayEnter) return `${name} is open to others; run chmod 700 on it first`;
    for (const file of FILES) await rm(join(plan.out, file), { force: true });
  } else {
    await mkdir(dirname(plan.out), { recursive: true });
    await mkdir(plan.out, { mode: 0o700 });
  }
  // First of all files, so that a run that was interrupted can be repeated with --force.
  await writeFile(join(plan.out, MARKER), '{"made_by":"scripts/dev-pki","v":1}\n', PRIVATE);
  return null;
}

async function makeFiles(plan: Plan): Promise<Made> {
  const pki = await createPki(plan.out);
  const made: Made = {
    caPath: pki.caCertPath,
    server: await pki.issue({
      name: 'server',
      commonName: plan.hosts[0] ?? 'localhost',
      dns: plan.hosts.filter((host) => isIP(host) === 0),
      ips: plan.hosts.filter((host) => isIP(host) !== 0),
      server: true,
    }),
    client: await pki.issue({ name: 'client', commonName: plan.identity, client: true }),
    telemetry: await makeKey(plan.out, 'telemetry'),
    feedback: await makeKey(plan.out, 'feedback'),
    evidence: await makeKey(plan.out, 'evidence'),
    audit: await makeKey(plan.out, 'audit'),
  };
  const gateway = environmentFile('Environment of the gateway', gatewayEnvironment(plan, made));
  const agent = environmentFile('Environment of the agent', agentEnvironment(plan, made));
  await writeFile(join(plan.out, 'gateway.env'), gateway, PRIVATE);
  await writeFile(join(plan.out, 'agent.env'), agent, PRIVATE);
  return made;
}

async function makeKey(directory: string, purpose: string): Promise<MadeKey> {
  const path = join(directory, `${purpose}.key`);
  const key = await generateKeyFile(path);
  return { path, kid: key.kid, publicKeyBase64: key.toBase64() };
}
