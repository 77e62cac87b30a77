/**
 * The token of a one-time link, which stands in the fragment so that it is in no log: `/console/#link=TOKEN`, as the command
 * prints it. 256 bits in base64url. null: the fragment is none.
 */
export function linkToken(fragment: string): string | null {
  return /^#(?:link=)?([A-Za-z0-9_-]{43})$/.exec(fragment)?.[1] ?? null;
}

let held: string | null = null;

/**
 * Before anything is routed: takes the token out of the address, so that neither the history nor a screenshot keeps it, and
 * goes to the sign-in page, which uses it.
 */
export function takeLink(signIn: string): void {
  held = linkToken(location.hash);
  if (held !== null) history.replaceState(null, '', signIn);
}

/** The token, once. */
export function heldLink(): string | null {
  const token = held;
  held = null;
  return token;
}

export function holdsLink(): boolean {
  return held !== null;
}
