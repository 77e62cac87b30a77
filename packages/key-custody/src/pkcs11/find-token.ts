import { SignerFault } from '../signer-fault.ts';
import type { Cryptoki, SlotId, TokenInfo } from './cryptoki.ts';
import type { TokenFilter } from './pkcs11-uri.ts';

export interface FoundToken {
  readonly slot: SlotId;
  /** Its label and model, as the token says them; shown to an operator. */
  readonly description: string;
}

/**
 * The one token that the URI describes; asked for anew with every session, because a reset may move it to another slot.
 * Throws `token_not_found`, `token_ambiguous`, or what pkcs11js throws.
 */
export function findToken(cryptoki: Cryptoki, filter: TokenFilter): FoundToken {
  const found: FoundToken[] = [];
  for (const slot of cryptoki.C_GetSlotList(true)) {
    const info = readInfo(cryptoki, slot);
    if (info !== null && matches(info, filter)) {
      found.push({
        slot,
        description: `token ${JSON.stringify(info.label.trimEnd())} (${info.model.trim()})`,
      });
    }
  }
  const [first, ...more] = found;
  if (first === undefined) {
    throw new SignerFault(
      'token_not_found',
      'no token of this library is as the URI says; is it plugged in and initialised?',
    );
  }
  if (more.length > 0) {
    throw new SignerFault('token_ambiguous', 'several tokens are as the URI says; add serial to it');
  }
  return first;
}

/** A slot whose token has just gone is one without a token. */
function readInfo(cryptoki: Cryptoki, slot: SlotId): TokenInfo | null {
  try {
    return cryptoki.C_GetTokenInfo(slot);
  } catch {
    return null;
  }
}

function matches(info: TokenInfo, filter: TokenFilter): boolean {
  const pairs: readonly (readonly [string | null, string])[] = [
    [filter.token, info.label],
    [filter.serial, info.serialNumber],
    [filter.manufacturer, info.manufacturerID],
    [filter.model, info.model],
  ];
  return pairs.every(([wanted, is]) => wanted === null || wanted === is.trimEnd());
}
