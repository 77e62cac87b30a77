import createClient, { type Middleware } from 'openapi-fetch';
import { API_BASE, CSRF_HEADER, csrfToken, setCsrfToken } from './csrf.ts';
import { GatewayAway, refusalFrom } from './refusal.ts';
import type { paths } from './schema.gen.ts';

/** Answers with which a proxy, or a gateway that starts or stops, says that nobody is there yet. */
const AWAY: ReadonlySet<string> = new Set(['http_502', 'http_503', 'http_504', 'starting']);

const answers: Middleware = {
  async onRequest({ request, schemaPath }) {
    // The first call has no session whose token it could send.
    if (request.method === 'GET' || schemaPath.startsWith('/sign-in')) return request;
    request.headers.set(CSRF_HEADER, await csrfToken());
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return;
    const body: unknown = await response.json().catch(() => null);
    const refused = refusalFrom(response.status, body);
    if (AWAY.has(refused.code)) throw new GatewayAway();
    // Another session than the token's: the next call asks for the token of the one that the cookie has.
    if (refused.status === 401 || refused.code === 'csrf_required') setCsrfToken(null);
    throw refused;
  },
  onError({ error }) {
    // An aborted call is nobody's fault: the reader left the page.
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    return new GatewayAway();
  },
};

/**
 * The gateway's console API, typed by its own schemas: `api.GET('/session')`. Every refusal is thrown as `Refusal`,
 * everything without an answer as `GatewayAway`, so that a query's `error` is one of these.
 */
export const api = createClient<paths>({
  baseUrl: `${location.origin}${API_BASE}`,
  credentials: 'same-origin',
});
api.use(answers);
