import { createServer, type RequestListener } from 'node:http';

/** A real OpenID provider on loopback: `oidc-provider`, with its own pages for signing in. Anybody is let in by name. */
export interface TestProvider {
  readonly issuer: string;
  /** ID tokens that it issues from now on have this nonce instead of the one that was asked for; null: as it should be. */
  forgeNonce(nonce: string | null): void;
  close(): void;
}

export const CLIENT_ID = 'vectorvue-console';
export const CLIENT_SECRET = 'a-secret-of-the-test-that-is-long-enough';

export async function startProvider(redirectUri: string): Promise<TestProvider> {
  let handle: RequestListener = () => undefined;
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;
  // It has no types of its own; by a variable, so that none are looked for.
  const name: string = 'oidc-provider';
  const { default: Provider } = await import(name);
  let forged: string | null = null;
  const { warn, info } = console;
  // It warns of all that is for tests only.
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    pkce: { required: () => true },
    cookies: { keys: ['cookie-key-of-the-test'] },
    findAccount: async (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id }),
    }),
  });
  provider.AuthorizationCode.prototype.save = wrapped(provider.AuthorizationCode.prototype.save, (code) => {
    if (forged !== null) code.nonce = forged;
  });
  Object.assign(console, { warn, info });
  handle = provider.callback();
  return {
    issuer,
    forgeNonce: (nonce) => {
      forged = nonce;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function wrapped(save: (...parts: unknown[]) => unknown, before: (code: { nonce?: string }) => void) {
  return function (this: { nonce?: string }, ...parts: unknown[]): unknown {
    before(this);
    return save.apply(this, parts);
  };
}

/** Signs in at the provider as a browser would, from its address on; answers with where it sends the browser back to. */
export async function visitProvider(address: string, login: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = address;
  for (let step = 0; step < 12; step += 1) {
    const page = await ask(jar, url);
    if (page.location === null) {
      const action = /action="([^"]+)"/.exec(page.text)?.[1];
      const prompt = /name="prompt" value="([^"]+)"/.exec(page.text)?.[1];
      if (action === undefined || prompt === undefined)
        throw new Error(`no form: ${page.text.slice(0, 500)}`);
      const form = new URLSearchParams({ prompt, login, password: 'any' });
      const answer = await ask(jar, new URL(action, url).href, form);
      if (answer.location === null) throw new Error(`the form went nowhere: ${answer.text.slice(0, 500)}`);
      url = new URL(answer.location, url).href;
    } else url = new URL(page.location, url).href;
    if (!url.startsWith(new URL(address).origin)) return url;
  }
  throw new Error('it goes round and round');
}

async function ask(jar: Map<string, string>, url: string, form?: URLSearchParams) {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    ...(form === undefined ? {} : { method: 'POST', body: form }),
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [pair = ''] = cookie.split(';');
    const at = pair.indexOf('=');
    jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return { location: response.headers.get('location'), text: await response.text() };
}
