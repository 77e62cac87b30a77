// Put together here, so that no scanner of this repository takes a test for a leak.
export const AWS = `AKIA${'IOSFODNN7EXAMPLE'}`;
const GITHUB = `ghp_${'0123456789abcdefghijklmnopqrstuvwxyz'}`;
const SLACK = `xoxb-${'123456789012-abcdefGHIJKL'}`;
const JWT = `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxIn0'}.c2lnbmF0dXJl`;
const PEM = `-----BEGIN ${'PRIVATE KEY'}-----\nMIIBVAIBADANBgkq\n-----END ${'PRIVATE KEY'}-----`;

/** What stands in a text, and what is left of it. Part of the mapping digest: a changed rule shows here. */
export const REDACTION_CASES: readonly (readonly [name: string, text: string, expected: string])[] = [
  [
    'raw request',
    'GET / HTTP/1.1\r\nCookie: a=b; c=d\r\nHost: h\r\n',
    'GET / HTTP/1.1\r\nCookie: [redacted:cookie]\r\nHost: h\r\n',
  ],
  ['any case', 'AUTHORIZATION: Basic dTpw', 'AUTHORIZATION: [redacted:authorization]'],
  [
    'proxy',
    'Proxy-Authorization: Basic dTpw\nHost: h',
    'Proxy-Authorization: [redacted:proxy-authorization]\nHost: h',
  ],
  ['answer', 'Set-Cookie: sid=1; HttpOnly\r\nServer: x', 'Set-Cookie: [redacted:set-cookie]\r\nServer: x'],
  ['key header', 'x-api-key: 123', 'x-api-key: [redacted:api-key]'],
  ['curl', "curl -H 'Cookie: a=\"b\"' 'https://h/'", "curl -H 'Cookie: [redacted:cookie]' 'https://h/'"],
  ['curl user', "curl -u 'admin:pw' https://h/", "curl -u '[redacted:password]' https://h/"],
  ['curl user, joined', 'curl -uadmin:pw https://h/', 'curl -u[redacted:password] https://h/'],
  ['json in a string', '{"cookie":"a=b","x":1}', '{"cookie":"[redacted:cookie]","x":1}'],
  [
    'escaped json',
    '{\\"password\\":\\"pw\\",\\"x\\":1}',
    '{\\"password\\":\\"[redacted:password]\\",\\"x\\":1}',
  ],
  ['form', 'user=a&password=pw&x=1', 'user=a&password=[redacted:password]&x=1'],
  ['query', 'https://h/?x=1&access_token=abc&y=2', 'https://h/?x=1&access_token=[redacted:token]&y=2'],
  ['raw form', 'password=a(b),c|d&x=1', 'password=[redacted:password]&x=1'],
  ['option', 'mysql --db-password hunter2 -h x', 'mysql --db-password [redacted:password] -h x'],
  ['quoted header value', 'Cookie: "a"; sid=1\r\nHost: h', 'Cookie: [redacted:cookie]\r\nHost: h'],
  ['escaped quotes in a quoted header', '"Cookie: sid=\\"1\\"; x" y', '"Cookie: [redacted:cookie]" y'],
  ['comparison', "if (password === 'pw')", "if (password === '[redacted:password]')"],
  [
    'nested query',
    'u%3Fpassword%3Da%26token%3Db%26x',
    'u%3Fpassword%3D[redacted:password]%26token%3D[redacted:token]%26x',
  ],
  ['percent', 'q%3D1%26password%3Dpw%26x', 'q%3D1%26password%3D[redacted:password]%26x'],
  ['yaml', 'db_password: pw\nuser: a', 'db_password: [redacted:password]\nuser: a'],
  [
    'code',
    'headers["Authorization"] = "Bearer x";',
    'headers["Authorization"] = "[redacted:authorization]";',
  ],
  [
    'setter',
    'setHeader("Authorization", "Bearer x")',
    'setHeader("Authorization", "[redacted:authorization]")',
  ],
  ['xml', '<password>two words</password>', '<password>[redacted:password]</password>'],
  ['input', '<input name="password" value="pw">', '<input name="password" value="[redacted:password]">'],
  ['url', 'https://user:p@ss@h/x', 'https://[redacted:url-credentials]@h/x'],
  ['url, token as user', 'git clone https://tok@h/x', 'git clone https://[redacted:url-credentials]@h/x'],
  ['azure', 'AccountKey=abc==;Endpoint=x', 'AccountKey=[redacted:azure-key];Endpoint=x'],
  ['signature', 'https://h/?sv=1&sig=abc%3D', 'https://h/?sv=1&sig=[redacted:signature]'],
  ['aws', `id ${AWS}.`, 'id [redacted:aws-key].'],
  ['github', GITHUB, '[redacted:github-token]'],
  ['slack', SLACK, '[redacted:slack-token]'],
  ['jwt', `t ${JWT} u`, 't [redacted:jwt] u'],
  ['pem', `a ${PEM} b`, 'a [redacted:private-key] b'],
  ['pem without end', PEM.slice(0, 50), '[redacted:private-key]'],
  ['pem in json', PEM.replaceAll('\n', '\\n'), '[redacted:private-key]'],
  ['bearer', 'sent Bearer 0123456789abcdef', 'sent Bearer [redacted:bearer-token]'],
  [
    'multipart',
    'form-data; name="password"\r\n\r\nse cret\r\n--b',
    'form-data; name="password"\r\n\r\n[redacted:password]\r\n--b',
  ],
  ['printed json', '"password":\n  "pw",\n', '"password":\n  "[redacted:password]",\n'],
  [
    'folded header',
    'Authorization: Bearer\r\n abc\r\n\tdef\r\nHost: h',
    'Authorization: [redacted:authorization]\r\nHost: h',
  ],
  [
    'indented headers are not folded',
    '  Cookie: a=b\n  Host: h\n\n  body',
    '  Cookie: [redacted:cookie]\n  Host: h\n\n  body',
  ],
  ['old cookie', 'Cookie2: a=b', 'Cookie2: [redacted:cookie]'],
  ['argument', "define('DB_PASSWORD', 'pw');", "define('DB_PASSWORD', '[redacted:password]');"],
  ['names in a list', 'required: ["password", "email"]', 'required: ["password", "email"]'],
  ['percent json', '%22password%22%3A%22pw%22', '%22password%22%3A[redacted:password]'],
];
