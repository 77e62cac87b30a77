/** HTTP headers whose value is a secret, lower-case, with the kind under which it is counted. */
export const SECRET_HEADERS: Readonly<Record<string, string>> = {
  'proxy-authorization': 'proxy-authorization',
  authorization: 'authorization',
  'set-cookie2': 'set-cookie',
  'set-cookie': 'set-cookie',
  cookie2: 'cookie',
  cookie: 'cookie',
  'x-api-key': 'api-key',
  'x-auth-token': 'token',
  'x-auth-key': 'api-key',
  'x-access-token': 'token',
  'x-csrf-token': 'token',
  'x-xsrf-token': 'token',
  'x-vault-token': 'token',
  'x-amz-security-token': 'token',
  'private-token': 'token',
  'ocp-apim-subscription-key': 'api-key',
};

/**
 * Parts of names whose value is a secret, wherever they stand in a name; without separators, lower-case. The
 * first that fits gives the kind.
 */
export const SECRET_PARTS: readonly (readonly [part: string, kind: string])[] = [
  ['password', 'password'],
  ['passwd', 'password'],
  ['passphrase', 'password'],
  ['passwort', 'password'],
  ['privatekey', 'private-key'],
  ['secret', 'secret'],
  ['apikey', 'api-key'],
  ['accesskey', 'api-key'],
  ['accountkey', 'azure-key'],
  ['sharedkey', 'azure-key'],
  ['signingkey', 'secret'],
  ['encryptionkey', 'secret'],
  ['subscriptionkey', 'api-key'],
  ['accesstoken', 'token'],
  ['refreshtoken', 'token'],
  ['idtoken', 'token'],
  ['authtoken', 'token'],
  ['sessiontoken', 'token'],
  ['securitytoken', 'token'],
  ['csrftoken', 'token'],
  ['xsrftoken', 'token'],
  ['sessionid', 'session'],
  ['sessid', 'session'],
  ['credentials', 'secret'],
];

/** Whole names, without separators, lower-case. Too short or too common to be looked for inside of others. */
export const SECRET_WORDS: Readonly<Record<string, string>> = {
  pwd: 'password',
  pass: 'password',
  token: 'token',
  credential: 'secret',
  cookies: 'cookie',
  ...Object.fromEntries(
    Object.entries(SECRET_HEADERS).map(([name, kind]) => [name.replaceAll('-', ''), kind]),
  ),
};

/** Without separators, lower-case: `Session-Id`, `session_id` and `sessionId` are one name. */
export function plainName(name: string): string {
  return name
    .slice(0, 256)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

/** The kind of secret that a member of this name holds; null for a name that promises none. */
export function kindOfName(name: string): string | null {
  const plain = plainName(name);
  if (Object.hasOwn(SECRET_WORDS, plain)) {
    return SECRET_WORDS[plain] ?? null;
  }
  return SECRET_PARTS.find(([part]) => plain.includes(part))?.[1] ?? null;
}
