/**
 * The part of PKCS#11 that signing takes, as pkcs11js offers it. Declared here and not imported: the package is
 * optional, and what is built must not depend on its being there.
 */
export interface Cryptoki {
  load(path: string): void;
  close(): void;
  C_Initialize(options: { readonly flags: number }): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): SlotId[];
  C_GetTokenInfo(slot: SlotId): TokenInfo;
  C_OpenSession(slot: SlotId, flags: number): SessionHandle;
  C_CloseSession(session: SessionHandle): void;
  C_Login(session: SessionHandle, userType: number, pin: string): void;
  C_FindObjectsInit(session: SessionHandle, template: readonly Attribute[]): void;
  C_FindObjects(session: SessionHandle, max: number): ObjectHandle[];
  C_FindObjectsFinal(session: SessionHandle): void;
  C_GetAttributeValue(
    session: SessionHandle,
    object: ObjectHandle,
    template: readonly Attribute[],
  ): { readonly type: number; readonly value: Buffer }[];
  C_SignInit(session: SessionHandle, mechanism: { readonly mechanism: number }, key: ObjectHandle): void;
  /** Runs on the thread pool, not on the event loop. */
  C_SignAsync(session: SessionHandle, message: Buffer, signature: Buffer): Promise<Buffer>;
}

declare const KIND: unique symbol;
interface Opaque<Kind extends string> {
  readonly [KIND]: Kind;
}
export type SlotId = Opaque<'slot'>;
export type SessionHandle = Opaque<'session'>;
export type ObjectHandle = Opaque<'object'>;

export interface Attribute {
  readonly type: number;
  readonly value?: number | boolean | string | Buffer;
}

/** Padded with blanks by the token (PKCS#11 section 3.2). */
export interface TokenInfo {
  readonly label: string;
  readonly manufacturerID: string;
  readonly model: string;
  readonly serialNumber: string;
}

// PKCS#11 3.0, by the names of the specification. pkcs11js has no constants for Edwards keys.
export const CKF_OS_LOCKING_OK = 0x02;
export const CKF_SERIAL_SESSION = 0x04;
export const CKU_USER = 1;
export const CKO_PUBLIC_KEY = 2;
export const CKO_PRIVATE_KEY = 3;
export const CKA_CLASS = 0x000;
export const CKA_LABEL = 0x003;
export const CKA_KEY_TYPE = 0x100;
export const CKA_ID = 0x102;
export const CKA_SIGN = 0x108;
export const CKA_PUBLIC_KEY_INFO = 0x129;
export const CKA_EXTRACTABLE = 0x162;
export const CKA_EC_PARAMS = 0x180;
export const CKA_EC_POINT = 0x181;
export const CKK_EC_EDWARDS = 0x40;
export const CKM_EDDSA = 0x1057;

export const CKR = {
  GENERAL_ERROR: 0x05,
  FUNCTION_FAILED: 0x06,
  DATA_INVALID: 0x20,
  DATA_LEN_RANGE: 0x21,
  DEVICE_ERROR: 0x30,
  DEVICE_MEMORY: 0x31,
  DEVICE_REMOVED: 0x32,
  KEY_HANDLE_INVALID: 0x60,
  KEY_FUNCTION_NOT_PERMITTED: 0x68,
  MECHANISM_INVALID: 0x70,
  OBJECT_HANDLE_INVALID: 0x82,
  PIN_INCORRECT: 0xa0,
  PIN_INVALID: 0xa1,
  PIN_LEN_RANGE: 0xa2,
  PIN_EXPIRED: 0xa3,
  PIN_LOCKED: 0xa4,
  SESSION_CLOSED: 0xb0,
  SESSION_COUNT: 0xb1,
  SESSION_HANDLE_INVALID: 0xb3,
  TOKEN_NOT_PRESENT: 0xe0,
  TOKEN_NOT_RECOGNIZED: 0xe1,
  USER_ALREADY_LOGGED_IN: 0x100,
  USER_NOT_LOGGED_IN: 0x101,
  CRYPTOKI_NOT_INITIALIZED: 0x190,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const;

/** The CKR value of what pkcs11js threw; null for anything else. */
export function returnValueOf(error: unknown): number | null {
  if (!(error instanceof Error) || error.name !== 'Pkcs11Error') return null;
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'number' ? code : null;
}
