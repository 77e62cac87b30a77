/** The library as the signers of this process use it, to do to it what an operator or another program would. */
export interface RawCryptoki {
  load(path: string): void;
  C_GetSlotList(present: boolean): unknown[];
  C_GetTokenInfo(slot: unknown): { readonly label: string };
  C_CloseAllSessions(slot: unknown): void;
  C_OpenSession(slot: unknown, flags: number): unknown;
  C_CloseSession(session: unknown): void;
  C_Logout(session: unknown): void;
  C_Finalize(): void;
  C_FindObjectsInit(session: unknown, template: readonly object[]): void;
  C_FindObjects(session: unknown, max: number): unknown[];
  C_FindObjectsFinal(session: unknown): void;
  C_DestroyObject(session: unknown, object: unknown): void;
}

export async function rawCryptoki(modulePath: string): Promise<RawCryptoki> {
  const name: string = 'pkcs11js';
  const { default: pkcs11 } = (await import(name)) as { default: { PKCS11: new () => RawCryptoki } };
  const library = new pkcs11.PKCS11();
  library.load(modulePath);
  return library;
}

export function slotOf(library: RawCryptoki, label: string): unknown {
  const slot = library
    .C_GetSlotList(true)
    .find((each) => library.C_GetTokenInfo(each).label.trimEnd() === label);
  if (slot === undefined) throw new Error(`no token ${label}`);
  return slot;
}
