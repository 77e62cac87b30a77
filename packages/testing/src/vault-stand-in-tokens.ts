import { randomBytes } from 'node:crypto';
import type { PlannedAnswer } from './vault-stand-in.ts';

export interface VaultState {
  /** Unix milliseconds. */
  readonly now: () => number;
}

export function answer(status: number, body: object): PlannedAnswer {
  return { status, body };
}

export interface TokenOptions {
  /** Seconds; 0: does not expire. */
  readonly ttl?: number;
  readonly renewable?: boolean;
  /** Seconds from its making beyond which it cannot be renewed; default none. */
  readonly maxTtl?: number;
}

interface Token {
  readonly ttl: number;
  readonly renewable: boolean;
  readonly endsAtMs: number;
  expiresAtMs: number;
}

/** Tokens and the AppRole login. */
export class VaultTokens {
  readonly #state: VaultState;
  readonly #tokens = new Map<string, Token>();
  readonly #roles = new Map<string, { readonly secretId: string; readonly options: TokenOptions }>();
  /** `keys/NAME` and `sign/NAME` that the policy leaves out. */
  readonly denied: Set<string> = new Set();
  logins = 0;
  renewals = 0;

  constructor(state: VaultState) {
    this.#state = state;
  }

  create(options: TokenOptions = {}): string {
    const token = `hvs.${randomBytes(18).toString('base64url')}`;
    const nowMs = this.#state.now();
    const ttl = options.ttl ?? 0;
    this.#tokens.set(token, {
      ttl,
      renewable: options.renewable ?? true,
      endsAtMs: options.maxTtl === undefined ? Number.POSITIVE_INFINITY : nowMs + options.maxTtl * 1000,
      expiresAtMs: ttl === 0 ? Number.POSITIVE_INFINITY : nowMs + ttl * 1000,
    });
    return token;
  }

  createRole(options: TokenOptions = {}): { readonly roleId: string; readonly secretId: string } {
    const role = { roleId: randomBytes(8).toString('hex'), secretId: randomBytes(16).toString('hex') };
    this.#roles.set(role.roleId, { secretId: role.secretId, options });
    return role;
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  get living(): number {
    return this.#tokens.size;
  }

  revokeAll(): void {
    this.#tokens.clear();
  }

  isValid(token: string): boolean {
    const found = this.#tokens.get(token);
    return found !== undefined && found.expiresAtMs > this.#state.now();
  }

  login(body: Readonly<Record<string, unknown>>): PlannedAnswer {
    const role = this.#roles.get(String(body.role_id));
    if (role === undefined || role.secretId !== body.secret_id) {
      return answer(400, { errors: ['invalid role or secret ID'] });
    }
    this.logins += 1;
    return this.#authAnswer(this.create(role.options));
  }

  lookup(token: string): PlannedAnswer {
    const { renewable, expiresAtMs } = this.#get(token);
    const ttl = Number.isFinite(expiresAtMs) ? Math.floor((expiresAtMs - this.#state.now()) / 1000) : 0;
    return answer(200, { data: { id: token, ttl, renewable, policies: ['default'] } });
  }

  renew(token: string): PlannedAnswer {
    const found = this.#get(token);
    if (!found.renewable) return answer(400, { errors: ['lease is not renewable'] });
    this.renewals += 1;
    found.expiresAtMs = Math.min(this.#state.now() + found.ttl * 1000, found.endsAtMs);
    return this.#authAnswer(token);
  }

  #authAnswer(token: string): PlannedAnswer {
    const { renewable, expiresAtMs } = this.#get(token);
    const left = Number.isFinite(expiresAtMs) ? Math.floor((expiresAtMs - this.#state.now()) / 1000) : 0;
    const auth = { client_token: token, lease_duration: left, renewable, policies: ['default'] };
    return answer(200, { data: null, auth });
  }

  #get(token: string): Token {
    const found = this.#tokens.get(token);
    if (found === undefined) throw new Error('an unknown token came through');
    return found;
  }
}
