import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generateKeyFile, type OpenSignerOptions, openSigner } from '@nyxera/federation-key-custody';
import { accept, type Result } from '@nyxera/federation-protocol';
import type { State } from '../state/open-state.ts';
import { LARGEST_REQUEST_INPUT, LARGEST_STATEMENT_INPUT } from '../trust/signing-limits.ts';
import { isConfirmed } from './exchange-store.ts';
import type { ExchangePlace } from './gateway-keys.ts';
import {
  insertOwnKey,
  listOwnKeys,
  type NewOwnKey,
  type OwnKey,
  type OwnPurpose,
  ownKeyIn,
  switchOwnKeys,
} from './own-keys.ts';

/** What a key of a purpose must be able to sign: a custodian that cannot is refused before it is announced. Bytes. */
const LARGEST = { telemetry: LARGEST_REQUEST_INPUT, evidence: LARGEST_STATEMENT_INPUT } as const;
/** Where keys lie that this agent makes; the directory is 0700, a file 0600. */
export const KEY_DIRECTORY = 'keys';

export interface NextKeyParts {
  readonly purpose: OwnPurpose;
  /** A key that exists already, in an HSM or elsewhere; null: a file is made. */
  readonly signerUri: string | null;
  /** How it is opened. */
  readonly signerOptions: OpenSignerOptions;
  readonly nowMs: number;
  /** 8 random bytes: a name that is not taken. */
  readonly random: Uint8Array;
}

/**
 * The next key of a purpose: the pending one where there is one, else one that is made. A file is written and fsynced
 * before the state knows of it, so a kill -9 between the two leaves a file that nobody will ever use, and never a key
 * that was promised to a gateway and is not there.
 */
export async function prepareNextKey(state: State, parts: NextKeyParts): Promise<Result<OwnKey>> {
  const { purpose, nowMs } = parts;
  const pending = () => state.read(() => ownKeyIn(listOwnKeys(state.db), purpose, 'pending'));
  const present = pending();
  if (present !== undefined) return accept(present);
  const made = await makeKey(state, parts);
  if (!made.ok) return made;
  state.transaction(() => {
    // Another process may have been faster: then its key is the next one, and this file is not used.
    if (ownKeyIn(listOwnKeys(state.db), purpose, 'pending') === undefined) {
      insertOwnKey(state.db, made.value, nowMs);
    }
  });
  const next = pending();
  if (next === undefined) throw new Error('the key that was just prepared is not there');
  return accept(next);
}

async function makeKey(
  state: State,
  { purpose, signerUri, signerOptions, random }: NextKeyParts,
): Promise<Result<NewOwnKey>> {
  const facts = { purpose, source: 'generated', state: 'pending' } as const;
  if (signerUri !== null) {
    const opened = await openSigner(signerUri, { ...signerOptions, largestInputBytes: LARGEST[purpose] });
    if (!opened.ok) return opened;
    try {
      const uri = signerUri.includes(':') ? signerUri : resolve(signerUri);
      return accept({ ...facts, key: await opened.value.publicKey(), signerUri: uri });
    } finally {
      await opened.value.close();
    }
  }
  const directory = join(resolve(state.dataDir), KEY_DIRECTORY);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${purpose}-${Buffer.from(random).toString('hex')}.pem`);
  return accept({ ...facts, key: await generateKeyFile(path), signerUri: path });
}

/** Where a key must be known before it may sign: every gateway and tenant that this agent has sent to. */
export function placesToConfirm(state: State, current: ExchangePlace): readonly ExchangePlace[] {
  const lanes = state.read(() => state.db.prepare('SELECT DISTINCT gateway, tenant_id FROM lanes').all());
  const places = new Map<string, ExchangePlace>();
  for (const one of [...lanes, { gateway: current.gateway, tenant_id: current.tenantId }]) {
    const place = { gateway: String(one.gateway), tenantId: String(one.tenant_id).toLowerCase() };
    places.set(`${place.tenantId} ${place.gateway}`, place);
  }
  return [...places.values()];
}

export function unconfirmedPlaces(
  state: State,
  places: readonly ExchangePlace[],
  kid: string,
): readonly ExchangePlace[] {
  return state.read(() => places.filter((place) => !isConfirmed(state.db, place, kid)));
}

/**
 * The pending key signs from now on, if every place has confirmed it; the old one is taken by gateways until `overlap`
 * is over. One transaction: there is no moment in which no key, or two, would sign.
 * @returns false: nothing was changed, because a place has not confirmed it
 */
export function switchKeys(
  state: State,
  next: OwnKey,
  options: {
    readonly places: readonly ExchangePlace[];
    readonly force: boolean;
    readonly overlapSeconds: number;
    readonly nowMs: number;
  },
): boolean {
  const { places, force, overlapSeconds, nowMs } = options;
  return state.transaction(() => {
    if (!force && places.some((place) => !isConfirmed(state.db, place, next.kid))) return false;
    const pending = ownKeyIn(listOwnKeys(state.db), next.purpose, 'pending');
    // Switched by another process meanwhile.
    if (pending?.kid !== next.kid) return true;
    switchOwnKeys(state.db, next.purpose, Math.floor(nowMs / 1000) + overlapSeconds, nowMs);
    return true;
  });
}
