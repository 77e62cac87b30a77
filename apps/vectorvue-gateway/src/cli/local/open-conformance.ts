import { readFileSync } from 'node:fs';
import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import type { Sign, TestIdentity } from '../../conformance/lab.ts';
import { openTarget, type Target } from '../../conformance/target.ts';
import { CommandRefused, type CommonOptions, UsageError } from '../command.ts';
import { readPublicKeys } from '../read-public-key.ts';

export interface ConformanceOptions extends CommonOptions {
  readonly target: string;
  readonly identity: string;
  readonly operator: string;
  readonly tenant: string;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly signingKey: string;
  readonly evidenceKey?: string;
  readonly narrowKey?: string;
  readonly feedbackKey?: readonly string[];
  readonly forbiddenOperator?: string;
  readonly forbiddenTenant?: string;
  readonly serverName?: string;
  readonly schemaVersion: string;
  readonly only?: readonly string[];
  readonly statusOnly?: boolean;
  readonly junit?: string;
  readonly yes?: boolean;
}

export interface OpenConformance extends AsyncDisposable {
  readonly origin: string;
  readonly target: Target;
  readonly who: TestIdentity;
}

/** Milliseconds for one request. */
const TIMEOUT_MS = 20_000;

/** Reads every file and opens every key that the options name. Throws CommandRefused before anything is sent. */
export async function openConformance(options: ConformanceOptions): Promise<OpenConformance> {
  const url = targetUrl(options.target);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(options.tenant))
    throw new UsageError('--tenant is a UUID');
  if ((options.forbiddenOperator === undefined) !== (options.forbiddenTenant === undefined)) {
    throw new UsageError('--forbidden-operator and --forbidden-tenant go together');
  }
  await using signers = new AsyncDisposableStack();
  const open = async (uri: string): Promise<Sign> => {
    const opened = await openSigner(uri);
    if (!opened.ok) throw new CommandRefused(opened.code, opened.detail);
    const signer: Signer = opened.value;
    signers.defer(() => signer.close());
    return (message) => signer.sign(message);
  };
  const optional = (uri: string | undefined): Promise<Sign | null> =>
    uri === undefined ? Promise.resolve(null) : open(uri);
  const who: TestIdentity = {
    identity: options.identity,
    operatorId: options.operator,
    tenantId: options.tenant,
    schemaVersion: options.schemaVersion,
    telemetry: await open(options.signingKey),
    evidence: await optional(options.evidenceKey),
    narrow: await optional(options.narrowKey),
    forbidden:
      options.forbiddenOperator === undefined || options.forbiddenTenant === undefined
        ? null
        : { operatorId: options.forbiddenOperator, tenantId: options.forbiddenTenant },
    feedbackKeys: feedbackKeys(options.feedbackKey ?? []),
  };
  const target = openTarget({
    url,
    certPem: readPem(options.cert),
    keyPem: readPem(options.key),
    caPem: readPem(options.ca),
    timeoutMs: TIMEOUT_MS,
    ...(options.serverName === undefined ? {} : { serverName: options.serverName }),
  });
  signers.defer(() => target.close());
  const held = signers.move();
  return { origin: url.origin, target, who, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function targetUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') throw new UsageError('--target is an https URL');
  return url;
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new CommandRefused('file_invalid', `${path} cannot be read`);
  }
}

function feedbackKeys(given: readonly string[]): ReadonlyMap<string, Ed25519PublicKey> {
  const keys = new Map<string, Ed25519PublicKey>();
  for (const text of given) {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError('--feedback-key is kid=base64 or kid=file');
    for (const { base64 } of readPublicKeys(text.slice(at + 1))) {
      const imported = importPublicKey(base64);
      if (!imported.ok) throw new CommandRefused(imported.code, imported.detail);
      keys.set(text.slice(0, at), imported.value);
    }
  }
  return keys;
}
