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
