import { SignerFault, type SignerFaultName } from '../signer-fault.ts';
import { CKR, returnValueOf } from './cryptoki.ts';

/** A session or handle of before: a new session over the same key may do. Everything else would fail again. */
const LOST: ReadonlySet<number> = new Set([
  CKR.DEVICE_REMOVED,
  CKR.KEY_HANDLE_INVALID,
  CKR.OBJECT_HANDLE_INVALID,
  CKR.SESSION_CLOSED,
  CKR.SESSION_HANDLE_INVALID,
  CKR.TOKEN_NOT_PRESENT,
  CKR.TOKEN_NOT_RECOGNIZED,
  CKR.USER_NOT_LOGGED_IN,
  CKR.CRYPTOKI_NOT_INITIALIZED,
]);

export function isSessionLost(error: unknown): boolean {
  const value = returnValueOf(error);
  return value !== null && LOST.has(value);
}

/** The fault that a CKR value is. What pkcs11js says besides is not repeated: it is for those who write modules. */
export function tokenFault(error: unknown): SignerFault {
  if (error instanceof SignerFault) return error;
  const value = returnValueOf(error);
  if (value === null) return new SignerFault('token_failed', 'the PKCS#11 module failed in an unknown way');
  const [fault, words] = describe(value);
  return new SignerFault(fault, `${words} (CKR 0x${value.toString(16)})`);
}

function describe(value: number): readonly [SignerFaultName, string] {
  switch (value) {
    case CKR.PIN_INCORRECT:
    case CKR.PIN_INVALID:
    case CKR.PIN_LEN_RANGE:
      return [
        'pin_refused',
        'the token refuses the PIN; it is not tried again, because tries may lock the token',
      ];
    case CKR.PIN_LOCKED:
    case CKR.PIN_EXPIRED:
      return ['pin_locked', 'the PIN is locked or expired; the security officer of the token must reset it'];
    case CKR.DATA_LEN_RANGE:
    case CKR.DATA_INVALID:
    case CKR.DEVICE_MEMORY:
      return ['input_too_large', 'the token does not sign a message of this length'];
    case CKR.MECHANISM_INVALID:
      return ['key_unsuitable', 'the token does not offer Ed25519 signatures (CKM_EDDSA)'];
    case CKR.KEY_FUNCTION_NOT_PERMITTED:
      return ['key_unsuitable', 'the token does not let this key sign (CKA_SIGN)'];
    case CKR.SESSION_COUNT:
      return ['token_failed', 'the token has no free session; lower x-sessions or close other programs'];
    default:
      return LOST.has(value)
        ? ['session_lost', 'the token was reset, removed or logged out, and could not be opened again yet']
        : ['token_failed', 'the token failed'];
  }
}
