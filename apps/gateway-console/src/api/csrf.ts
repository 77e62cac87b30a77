import { GatewayAway, refusalFrom } from './refusal.ts';

/** Where the API is, on the host that served the page. */
export const API_BASE = '/console/api/v1';

/** Carries the token of the session with every call that is not a GET: a page of another origin cannot know it. */
export const CSRF_HEADER = 'X-Console-CSRF';

let token: Promise<string> | null = null;

/** Of the session that begins now; null: it is over. Kept in memory only. */
export function setCsrfToken(value: string | null): void {
  token = value === null ? null : Promise.resolve(value);
}

/** The session's token; asked for once after the page was loaded anew. Throws `Refusal` and `GatewayAway`. */
export function csrfToken(): Promise<string> {
  if (token === null) {
    const asked = ask();
    token = asked;
    asked.catch(() => {
      if (token === asked) token = null;
    });
  }
  return token;
}

async function ask(): Promise<string> {
  const response = await fetch(`${API_BASE}/session/csrf`, { credentials: 'same-origin' }).catch(() => {
    throw new GatewayAway();
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw refusalFrom(response.status, body);
  return (body as { readonly csrf: string }).csrf;
}
