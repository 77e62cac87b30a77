import { spawn } from 'node:child_process';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { programEnvironment } from '@nyxera/federation-testing';
import { createPki } from '@nyxera/federation-testing/pki';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import type { Failure } from '../failure.ts';
import { SigningKey } from '../gateway/facts.ts';
import { FEEDBACK_KID, type Keys, makeResponse, TENANT } from './make-response.ts';
import { applicable } from './oracle.ts';

const AGENT = fileURLToPath(new URL('../../../../apps/spectrastrike-agent', import.meta.url));

export interface LiarRun {
  readonly cases: number;
  readonly accepted: number;
  readonly failures: readonly Failure[];
}

export interface LiarOptions {
  readonly only?: number;
  /** Directory of a built agent; the workspace's own if absent, else a copy with a planted bug. */
  readonly build?: string;
}

/**
 * The real agent, one process per case, against a TLS server with the right certificate and the wrong answers: mutants
 * of an answer that is well signed for another request and, of some seconds ago, for another time. Whatever the mutation,
 * it answers no query of this agent, so nothing may be applied and no process may end by a fault.
 */
export async function fuzzCommandLine(
  seed: string,
  cases: number,
  { only, build = AGENT }: LiarOptions = {},
): Promise<LiarRun> {
  const program = join(build, 'bin/spectrastrike-agent.js');
  const directory = temporaryDirectory('fuzz-cli');
  const pki = await createPki(join(directory.path, 'pki'));
  const certificate = await pki.issue({
    name: 'localhost',
    dns: ['localhost'],
    ips: ['127.0.0.1'],
    server: true,
  });
  const agent = await pki.issue({ name: 'fuzz-agent', client: true });
  const signingKey = join(directory.path, 'telemetry.pem');
  await generateKeyFile(signingKey);
  const keys: Keys = { trusted: new SigningKey(), rogue: new SigningKey() };
  let answer: Buffer = Buffer.alloc(0);
  const server = createServer(
    { cert: certificate.certPem, key: certificate.keyPem, ca: pki.caCertPem, requestCert: true },
    (request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const environment = {
    TZ: 'UTC',
    VECTORVUE_FEDERATION_URL: `https://localhost:${(server.address() as AddressInfo).port}`,
    VECTORVUE_FEDERATION_SERVICE_IDENTITY: 'fuzz-agent',
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: agent.certPath,
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: agent.keyPath,
    VECTORVUE_FEDERATION_MTLS_CA_FILE: pki.caCertPath,
    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: signingKey,
    VECTORVUE_FEDERATION_OPERATOR_ID: 'op-fuzz-1',
    VECTORVUE_FEDERATION_TENANT_ID: TENANT,
    VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({ [FEEDBACK_KID]: keys.trusted.publicBase64 }),
    SPECTRASTRIKE_DATA_DIR: join(directory.path, 'agent-data'),
  };
  const failures: Failure[] = [];
  let accepted = 0;
  let done = 0;
  try {
    const first = only ?? 0;
    for (let number = first; number < (only === undefined ? cases : first + 1); number += 1) {
      const made = makeResponse(seed, number, keys);
      answer = made.bytes;
      const finished = await pull(program, environment);
      done += 1;
      const fail = (kind: string, detail: string): void => {
        failures.push({ suite: 'command-line', seed, number, kind, detail });
      };
      // The nonce of the query is drawn by the agent, so an answer made beforehand cannot be bound to it.
      if (applicable(made.bytes, 'never asked', keys, new Set()) !== null)
        throw new Error('the liar tells the truth');
      const shown = `exit ${finished.code}\n${finished.stdout.slice(0, 600)}\n${finished.stderr.slice(0, 1200)}`;
      if (finished.code === 0) {
        accepted += 1;
        fail('accepted', shown);
      }
      if (finished.code === null || /^\s+at .*\.[jt]s:\d+/m.test(finished.stderr)) fail('crash', shown);
      if (!/"recorded":0/.test(finished.stdout) && !finished.stderr.trim()) fail('silent', shown);
    }
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    directory.remove();
  }
  return { cases: done, accepted, failures };
}

async function pull(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, 'feedback', 'pull', '--no-anchor', '--json'], {
    env: programEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, stdout, stderr };
}
