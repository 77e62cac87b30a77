import type { OidcSettings } from '../../config/oidc-settings.ts';

/** Seconds that the identity provider may take for one answer. */
const TIMEOUT_SECONDS = 10;
/** No more than who it is: rights are ours (`console user add`). */
const SCOPE = 'openid';

export interface OidcProvider {
  /** Where the browser is sent. */
  authorizationUrl(login: {
    readonly state: string;
    readonly nonce: string;
    readonly codeVerifier: string;
    readonly redirectUri: string;
  }): Promise<string>;
  /**
   * Exchanges the code of the address that the browser came back with. Checks state, issuer, nonce, signature, audience and
   * times of the ID token. Throws where any of it is not as it should be, or the provider does not answer.
   */
  subjectOf(
    cameBackTo: URL,
    expected: { readonly state: string; readonly nonce: string; readonly codeVerifier: string },
  ): Promise<string>;
}

/** Reads the provider's metadata. The library is loaded here: only who signs in this way needs it. */
export async function openProvider(settings: OidcSettings): Promise<OidcProvider> {
  const client = await import('openid-client');
  const issuer = new URL(settings.issuer);
  const configuration = await client.discovery(
    issuer,
    settings.clientId,
    undefined,
    settings.clientSecret === null ? client.None() : client.ClientSecretPost(settings.clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      // The settings take http: on loopback only.
      execute: issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [],
    },
  );
  return {
    authorizationUrl: async ({ state, nonce, codeVerifier, redirectUri }) => {
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
      return url.href;
    },
    subjectOf: async (cameBackTo, expected) => {
      const tokens = await client.authorizationCodeGrant(configuration, cameBackTo, {
        expectedState: expected.state,
        expectedNonce: expected.nonce,
        pkceCodeVerifier: expected.codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('the provider sent no ID token');
      return claims.sub;
    },
  };
}
