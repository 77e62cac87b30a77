import { SignerFault } from '../signer-fault.ts';
import type { SignerTime } from '../signer-options.ts';
import { sendPersistently } from './retry.ts';
import type { VaultAnswer, VaultHttp } from './vault-http.ts';
import type { VaultToken } from './vault-token.ts';

export interface VaultCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

/** Requests with a token. A token that is refused is replaced once, as it may have expired or been revoked. */
export interface VaultSession {
  /** A 2xx answer. Rejects with a `SignerFault`. */
  call(call: VaultCall): Promise<VaultAnswer>;
}

export function createVaultSession(http: VaultHttp, token: VaultToken, time: SignerTime): VaultSession {
  return {
    call: async (call) => {
      const first = await token.current();
      try {
        return await sendPersistently(http, time, { ...call, token: first });
      } catch (error) {
        if (!(error instanceof SignerFault) || error.fault !== 'vault_permission_denied') throw error;
        const next = await token.replace(first);
        if (next === null) throw error;
        return sendPersistently(http, time, { ...call, token: next });
      }
    },
  };
}
