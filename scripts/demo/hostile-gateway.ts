/**
 * The other direction: a gateway that holds the right certificate but lies. The agent under test is the real
 * one, with a data directory of its own, so that what it notes about the liar does not colour the main story.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openSigner } from '@nyxera/federation-key-custody';
import {
  canonicalizeCompat,
  encodeBase64,
  feedbackBindingInput,
  feedbackSignatureInput,
} from '@nyxera/federation-protocol';
import { countEvents } from './refusals.ts';
import type { Report } from './report.ts';
import { runAgent, TENANT, type World } from './world.ts';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function withLyingGateway<Value>(
  world: World,
  reply: (requestBody: string) => Promise<Reply>,
  work: (url: string) => Promise<Value>,
): Promise<Value> {
  const server = createServer(
    {
      cert: world.serverCertificate.certPem,
      key: world.serverCertificate.keyPem,
      ca: world.caPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        void reply(Buffer.concat(chunks).toString('utf8')).then(({ status, headers, body }) => {
          response.writeHead(status, headers).end(body);
        });
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`https://localhost:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** Well signed, well bound, fresh: and by a key that this agent was never told about. */
async function feedbackByUnknownKey(world: World, requestBody: string): Promise<Reply> {
  const opened = await openSigner(world.rogueFeedbackKeyPath);
  if (!opened.ok) throw new Error(opened.code);
  const signer = opened.value;
  const query = JSON.parse(requestBody) as { nonce: string };
  const kid = await signer.kid();
  const signedAt = Math.floor(Date.now() / 1000);
  const nonce = randomBytes(18).toString('base64url');
  const schemaVersion = 'feedback.response.v1';
  const input = feedbackSignatureInput({
    tenantId: TENANT,
    signedAt,
    nonce,
    schemaVersion,
    kid,
    canonicalData: '[]',
  });
  const signature = encodeBase64(await signer.sign(input));
  const binding = encodeBase64(await signer.sign(feedbackBindingInput(query.nonce, signature)));
  await signer.close();
  const body = canonicalizeCompat({
    request_id: '00000000-0000-4000-8000-000000000000',
    status: 'accepted',
    data: [],
    errors: [],
    signature,
    kid,
    signature_algorithm: 'Ed25519',
    signed_at: signedAt,
    nonce,
    schema_version: schemaVersion,
    request_nonce: query.nonce,
    binding_signature: binding,
  });
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}

/** Runs the real agent against the liars; its answer must hold the code, and its policy must not move. */
export async function lieToTheAgent(world: World, report: Report): Promise<void> {
  const isolated = { SPECTRASTRIKE_DATA_DIR: join(world.directory, 'agent-lied-to') };
  const expectRefusal = async (
    name: string,
    code: string,
    args: readonly string[],
    url: string,
  ): Promise<void> => {
    const before = await countEvents(world);
    const finished = await runAgent(world, args, { ...isolated, VECTORVUE_FEDERATION_URL: url });
    const after = await countEvents(world);
    const said = `${finished.stdout}\n${finished.stderr}`;
    const logged = await runAgent(world, ['security', 'list'], isolated);
    report.add({
      name,
      expected: `agent refuses: ${code}`,
      observed: said.includes(code)
        ? `agent refused: ${code}, exit ${finished.exitCode}`
        : said.trim().slice(-300),
      ok: finished.exitCode !== 0 && said.includes(code) && before === after,
      evidence: {
        'events before': before,
        'events after': after,
        "in the agent's security log": logged.stdout.includes(code)
          ? code
          : 'not reached: refused before any contact',
      },
    });
  };
  await withLyingGateway(
    world,
    (body) => feedbackByUnknownKey(world, body),
    (url) => expectRefusal('feedback signed by an unknown kid', 'unknown_kid', ['feedback', 'pull'], url),
  );
  const redirect: Reply = { status: 307, headers: { Location: 'https://localhost:1/elsewhere' }, body: '' };
  await withLyingGateway(
    world,
    async () => redirect,
    (url) => expectRefusal('redirect from the pinned server', 'redirect_refused', ['feedback', 'pull'], url),
  );
  const plain = (world.agentEnvironment.VECTORVUE_FEDERATION_URL ?? '').replace('https:', 'http:');
  await expectRefusal('an http: URL', 'insecure_transport', ['feedback', 'pull'], plain);
}
