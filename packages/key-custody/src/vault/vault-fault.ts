import { SignerFault } from '../signer-fault.ts';
import type { VaultAnswer } from './vault-http.ts';

/**
 * The fault that an answer is; null: it is a success. The server's own words are not repeated: they are not ours, and
 * may quote what was sent.
 */
export function vaultFault(answer: VaultAnswer): SignerFault | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  const told = `status ${status}`;
  if (status >= 300 && status < 400) {
    return new SignerFault(
      'vault_redirected',
      `the server redirects (${told}), which is not followed; name the active node or a balancer as address`,
    );
  }
  switch (status) {
    case 400:
    case 405:
      return new SignerFault(
        'vault_request_refused',
        `the server refuses the request (${told}): no such key version, or a key that does not sign`,
      );
    case 403:
      return new SignerFault(
        'vault_permission_denied',
        `the token is invalid, expired, or its policy lacks the key (${told}); it needs update on sign/NAME and read on keys/NAME`,
      );
    case 404:
      return new SignerFault(
        'vault_path_not_found',
        `there is no such key, mount or namespace, or the policy hides it (${told})`,
      );
    case 413:
      return new SignerFault('input_too_large', `the server does not take a request of this size (${told})`);
    case 429:
    case 472:
    case 473:
      return new SignerFault('vault_rate_limited', `the server is over its quota or a standby (${told})`);
    case 503:
      return sealed(answer)
        ? new SignerFault('vault_sealed', 'the server is sealed; unseal it')
        : new SignerFault('vault_failed', `the server is not available (${told})`);
    default:
      return new SignerFault('vault_failed', `the server failed (${told})`);
  }
}

/** Vault says so in the text only: 503 is also maintenance. */
function sealed({ json }: VaultAnswer): boolean {
  const errors = (json as { readonly errors?: unknown } | null)?.errors;
  return Array.isArray(errors) && errors.some((text) => typeof text === 'string' && /\bsealed\b/i.test(text));
}
