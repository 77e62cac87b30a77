import { readSecretFile } from '../read-secret-file.ts';
import { SignerFault, type SignerFaultName } from '../signer-fault.ts';
import type { SignerTime } from '../signer-options.ts';
import { sendPersistently } from './retry.ts';
import { vaultFault } from './vault-fault.ts';
import type { VaultHttp } from './vault-http.ts';
import type { VaultAuth } from './vault-uri.ts';

/** After how much of its life a token is renewed. */
const RENEW_AT = 2 / 3;
/** Renewing failed for a passing reason: ask again after this, while the token still lives. */
const RETRY_RENEWAL_MS = 30_000;
const SHORTEST_RENEWAL_MS = 1_000;
/** The server says no, and would again. */
const REFUSALS: readonly SignerFaultName[] = [
  'vault_request_refused',
  'vault_permission_denied',
  'vault_path_not_found',
];
/** Nobody waits longer for a server to take a token back. */
const REVOCATION_MS = 2_000;

interface Lease {
  readonly renewable: boolean;
  /** 0: does not expire. */
  readonly seconds: number;
}

/**
 * The token that requests carry: from a file (which Vault Agent may rewrite), or of an AppRole login. It is renewed
 * after two thirds of its life, also while nobody signs. Where it cannot be renewed any more (its longest life is
 * over), the file is read again, or the role logs in again.
 */
export class VaultToken {
  readonly #http: VaultHttp;
  readonly #auth: VaultAuth;
  readonly #time: SignerTime;
  #token: string | null = null;
  #obtaining: Promise<string> | null = null;
  #cancel: () => void = () => {};
  #closed = false;

  constructor(http: VaultHttp, auth: VaultAuth, time: SignerTime) {
    this.#http = http;
    this.#auth = auth;
    this.#time = time;
  }

  /** Rejects with a `SignerFault`. */
  async current(): Promise<string> {
    return this.#token ?? this.#obtain();
  }

  /** The server refused `token`: gets another. null: there is none but the same. */
  async replace(token: string): Promise<string | null> {
    if (this.#token === token) this.#token = null;
    const next = await this.current();
    return next === token ? null : next;
  }

  /** Gives a token of our own login back, so that it does not live on for nobody. A token of a file is not ours. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    const token = this.#token;
    this.#token = null;
    if (token === null || this.#auth.kind !== 'approle') return;
    const request = { method: 'POST', path: 'auth/token/revoke-self', token, body: {} } as const;
    await this.#http.send({ ...request, timeoutMs: REVOCATION_MS }).catch(() => undefined);
  }

  /** Many signatures at once need one login. */
  #obtain(): Promise<string> {
    this.#obtaining ??= (
      this.#auth.kind === 'token' ? this.#read(this.#auth) : this.#login(this.#auth)
    ).finally(() => {
      this.#obtaining = null;
    });
    return this.#obtaining;
  }

  async #read(auth: Extract<VaultAuth, { kind: 'token' }>): Promise<string> {
    const token = await readTokenFile(auth.tokenFile);
    const lease = await this.#lookUp(token);
    this.#token = this.#closed ? null : token;
    if (lease !== null) this.#schedule(lease);
    return token;
  }

  /** null: a policy may forbid a token to look at itself; then nothing is known of its life, and nothing is renewed. */
  async #lookUp(token: string): Promise<Lease | null> {
    const request = { method: 'GET', path: 'auth/token/lookup-self', token } as const;
    try {
      return readLookup((await sendPersistently(this.#http, this.#time, request)).json);
    } catch (error) {
      if (error instanceof SignerFault && REFUSALS.includes(error.fault)) return null;
      throw error;
    }
  }

  async #login(auth: Extract<VaultAuth, { kind: 'approle' }>): Promise<string> {
    const body = { role_id: auth.roleId, secret_id: await readTokenFile(auth.secretIdFile) };
    const request = { method: 'POST', path: `auth/${auth.mount}/login`, token: null, body } as const;
    try {
      const answer = await sendPersistently(this.#http, this.#time, request);
      return this.#take(answer.json);
    } catch (error) {
      if (!(error instanceof SignerFault) || !REFUSALS.includes(error.fault)) throw error;
      throw new SignerFault(
        'vault_login_refused',
        'the server refuses the AppRole login: role-id, the secret id in its file (spent or expired?), auth-mount or namespace is wrong',
      );
    }
  }

  #take(json: unknown): string {
    const auth = (json as { readonly auth?: Record<string, unknown> } | null)?.auth;
    const token = auth?.client_token;
    if (typeof token !== 'string' || !isToken(token)) {
      throw new SignerFault('vault_answer_invalid', 'the answer to the login or renewal has no token');
    }
    // A close while the answer was on its way must not leave a token behind.
    this.#token = this.#closed ? null : token;
    this.#schedule({ renewable: auth?.renewable === true, seconds: positive(auth?.lease_duration) });
    return token;
  }

  #schedule(lease: Lease): void {
    this.#cancel();
    this.#cancel = () => {};
    if (this.#closed || lease.seconds === 0) return;
    const waitMs = Math.max(lease.seconds * 1000 * RENEW_AT, SHORTEST_RENEWAL_MS);
    this.#cancel = this.#time.later(
      waitMs,
      () => void (lease.renewable ? this.#renew(lease) : this.#again()),
    );
  }

  async #renew(lease: Lease): Promise<void> {
    const token = this.#token;
    if (token === null) return;
    try {
      const path = 'auth/token/renew-self';
      const answer = await this.#http.send({ method: 'POST', path, token, body: {} });
      if (vaultFault(answer) === null) {
        this.#take(answer.json);
        return;
      }
      if (answer.status === 400 || answer.status === 403) {
        await this.#again();
        return;
      }
    } catch {
      // Not reached: the next signature meets it, or the next renewal succeeds.
    }
    if (!this.#closed) this.#cancel = this.#time.later(RETRY_RENEWAL_MS, () => void this.#renew(lease));
  }

  /** The token has no further life: from its source a new one, when it is next needed at the latest. */
  async #again(): Promise<void> {
    if (this.#closed) return;
    this.#token = null;
    await this.#obtain().catch(() => undefined);
  }
}

async function readTokenFile(path: string): Promise<string> {
  const file = await readSecretFile(path);
  if (!file.ok) throw new SignerFault('vault_permission_denied', `${file.code}: ${file.detail}`);
  const token = Buffer.from(file.value).toString('utf8').trim();
  file.value.fill(0);
  if (!isToken(token)) {
    throw new SignerFault(
      'vault_permission_denied',
      'the token or secret id file does not hold one in one line',
    );
  }
  return token;
}

/** Visible ASCII: it becomes a header. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text);
}

function readLookup(json: unknown): Lease {
  const data = (json as { readonly data?: Record<string, unknown> } | null)?.data;
  return { renewable: data?.renewable === true, seconds: positive(data?.ttl) };
}

function positive(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
