import { parseSearch } from './search.ts';

export interface Place {
  readonly to: string;
  readonly search: Readonly<Record<string, string>>;
}

/**
 * Where to go after a sign-in. It comes from the address, so anybody may have written it: only a path of this console is
 * followed, never another origin (`//host`, `https:`), and never the sign-in page again.
 */
export function wayBack(back: string | undefined): Place {
  const home: Place = { to: '/', search: {} };
  if (back === undefined || !/^\/(?![/\\])/.test(back)) return home;
  const base = 'https://console.invalid';
  if (!URL.canParse(back, base)) return home;
  const { origin, pathname, search } = new URL(back, base);
  if (origin !== base || pathname === '/sign-in') return home;
  return { to: pathname, search: parseSearch(search) };
}

const KEY = 'vectorvue.console.back';

/**
 * An address, for a link that is opened in this tab: it is another document, and knows nothing of this one. Kept by the tab,
 * and only until it is used.
 */
export function keepWayBack(href: string): void {
  try {
    sessionStorage.setItem(KEY, href);
  } catch {
    // A browser that keeps nothing: the reader comes back to the overview.
  }
}

export function takeWayBack(): string | undefined {
  try {
    const href = sessionStorage.getItem(KEY) ?? undefined;
    sessionStorage.removeItem(KEY);
    return href;
  } catch {
    return undefined;
  }
}
