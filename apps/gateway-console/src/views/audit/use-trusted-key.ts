import { useSyncExternalStore } from 'react';
import { readLogKeys } from '../../verify/index.ts';

/** Where this browser keeps the log's public key that its reader has from elsewhere. No secret: it is public. */
const PLACE = 'nyxera.log-key';
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    // A browser that keeps nothing.
    return null;
  }
}

/** null: none is kept, and the key of the gateway's answers is used. What is kept and unusable is used all the same: nothing verifies by it, and that is said. */
export function useTrustedKey(): string | null {
  return useSyncExternalStore(subscribe, stored);
}

/** False: the text holds no key of a log, and nothing has changed. null forgets the key. */
export function keepTrustedKey(text: string | null): boolean {
  if (text !== null && readLogKeys(text) === null) return false;
  try {
    if (text === null) localStorage.removeItem(PLACE);
    else localStorage.setItem(PLACE, text.trim());
  } catch {
    return false;
  }
  for (const listener of listeners) listener();
  return true;
}
