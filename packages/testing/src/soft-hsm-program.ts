/**
 * A program of its own, because a PKCS#11 library is initialised once per process, and with the environment of the
 * process: it generates a key pair in a token. Reads a `KeyRequest` as JSON on standard input, prints the public point
 * (CKA_EC_POINT, as the token gives it) in hex.
 */
import { readFileSync } from 'node:fs';

export interface KeyRequest {
  readonly modulePath: string;
  readonly tokenLabel: string;
  readonly pin: string;
  readonly keyLabel: string;
  /** Hex of CKA_ID. */
  readonly id: string;
  readonly kind: 'ed25519' | 'rsa';
  readonly extractable: boolean;
  readonly maySign: boolean;
}

interface Library {
  load(path: string): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(present: boolean): unknown[];
  C_GetTokenInfo(slot: unknown): { readonly label: string };
  C_OpenSession(slot: unknown, flags: number): unknown;
  C_Login(session: unknown, user: number, pin: string): void;
  C_GenerateKeyPair(
    session: unknown,
    mechanism: { readonly mechanism: number },
    publicTemplate: readonly object[],
    privateTemplate: readonly object[],
  ): { readonly publicKey: unknown };
  C_GetAttributeValue(session: unknown, object: unknown, template: readonly object[]): { value: Buffer }[];
}

const SERIAL_AND_WRITABLE = 0x06;
const USER = 1;
const EDWARDS_PAIR = 0x1055;
const RSA_PAIR = 0x0000;
const CKA = {
  token: 1,
  private: 2,
  label: 3,
  id: 0x102,
  sensitive: 0x103,
  sign: 0x108,
  verify: 0x10a,
} as const;
const CKA_MODULUS_BITS = 0x121;
const CKA_PUBLIC_EXPONENT = 0x122;
const CKA_EXTRACTABLE = 0x162;
const CKA_EC_PARAMS = 0x180;
const CKA_EC_POINT = 0x181;
/** OID 1.3.101.112 (RFC 8410). */
const ED25519 = Buffer.from('06032b6570', 'hex');

const request = JSON.parse(readFileSync(0, 'utf8')) as KeyRequest;
const name: string = 'pkcs11js';
const { default: pkcs11 } = (await import(name)) as { default: { PKCS11: new () => Library } };
const library = new pkcs11.PKCS11();
library.load(request.modulePath);
library.C_Initialize();
const slot = library
  .C_GetSlotList(true)
  .find((each) => library.C_GetTokenInfo(each).label.trimEnd() === request.tokenLabel);
const session = library.C_OpenSession(slot, SERIAL_AND_WRITABLE);
library.C_Login(session, USER, request.pin);
const names = [
  { type: CKA.token, value: true },
  { type: CKA.label, value: request.keyLabel },
  { type: CKA.id, value: Buffer.from(request.id, 'hex') },
];
const kindOf =
  request.kind === 'ed25519'
    ? [{ type: CKA_EC_PARAMS, value: ED25519 }]
    : [
        { type: CKA_MODULUS_BITS, value: 2048 },
        { type: CKA_PUBLIC_EXPONENT, value: Buffer.from('010001', 'hex') },
      ];
const pair = library.C_GenerateKeyPair(
  session,
  { mechanism: request.kind === 'ed25519' ? EDWARDS_PAIR : RSA_PAIR },
  [...names, { type: CKA.verify, value: true }, ...kindOf],
  [
    ...names,
    { type: CKA.private, value: true },
    { type: CKA.sensitive, value: !request.extractable },
    { type: CKA.sign, value: request.maySign },
    { type: CKA_EXTRACTABLE, value: request.extractable },
  ],
);
if (request.kind === 'ed25519') {
  const [point] = library.C_GetAttributeValue(session, pair.publicKey, [{ type: CKA_EC_POINT }]);
  process.stdout.write(point?.value.toString('hex') ?? '');
}
library.C_Finalize();
