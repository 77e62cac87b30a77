import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { loadConfig } from '../../src/config.ts';
import {
  FORWARD_VARIABLE,
  loadForwardSettings,
  parseForwardSettings,
} from '../../src/forward/load-settings.ts';
import { createFederation, type Federation } from '../support/federation.ts';

describe('the settings file', () => {
  test('of each kind, with the defaults filled in', () => {
    const parsed = parseForwardSettings(`
version: 1
destinations:
  - { name: a, type: syslog, host: siem.example }
  - { name: b, type: http, url: https://siem.example/in, filter: { tenants: [10000000-0000-4000-8000-00000000000A] } }
  - { name: c, type: file, path: /var/log/x.jsonl, format: entry, filter: { classes: [security], min_level: high } }
`);
    expect(parsed).toMatchObject({
      ok: true,
      destinations: [
        { port: 6514, facility: 'audit', format: 'ocsf', max_message_bytes: 8_192, start: 'beginning' },
        {
          shape: 'webhook',
          filter: { tenants: ['10000000-0000-4000-8000-00000000000a'] },
          timeout_seconds: 30,
        },
        {
          rotate: { max_bytes: 104_857_600, max_age_seconds: 86_400 },
          retry: { min_ms: 1_000, max_ms: 300_000 },
        },
      ],
    });
  });

  test('JSON is YAML', () => {
    expect(parseForwardSettings('{"version":1,"destinations":[]}')).toEqual({ ok: true, destinations: [] });
  });

  test('tells every fault at once, with its place, and quotes nothing', () => {
    const parsed = parseForwardSettings(`
version: 1
destinations:
  - { name: A B, type: syslog, host: siem.example }
  - { name: b, type: http, url: http://siem.example/ }
  - { name: c, type: http, url: https://user:hunter2@siem.example/ }
  - { name: d, type: file, path: x, filter: { tenant: [x] } }
  - { name: d, type: file, path: x, filter: { tenants: [] } }
  - { name: e, type: pigeon }
  - { name: f, type: syslog, host: h, tls: { cert_file: x } }
  - { name: g, type: http, url: https://h/, hec: { index: i } }
  - { name: h, type: syslog, host: h, retry: { min_ms: 100, max_ms: 10 } }
`);
    if (parsed.ok) throw new Error('accepted');
    const places = parsed.faults.map(({ problem }) => problem.split(':')[0]);
    for (const place of [
      'destinations.0.name',
      'destinations.1.url',
      'destinations.2.url',
      'destinations.3.filter',
      'destinations.4.filter.tenants',
      'destinations.5.type',
      'destinations.8.retry',
    ]) {
      expect(places).toContain(place);
    }
    expect(parsed.faults.every(({ variable }) => variable === FORWARD_VARIABLE)).toBe(true);
    expect(JSON.stringify(parsed.faults)).not.toContain('hunter2');
  });

  test('what only makes sense together is looked at once the rest is right', () => {
    const parsed = parseForwardSettings(`
version: 1
destinations:
  - { name: d, type: file, path: x }
  - { name: d, type: syslog, host: h, tls: { cert_file: x } }
  - { name: g, type: http, url: https://h/, hec: { index: i } }
`);
    if (parsed.ok) throw new Error('accepted');
    expect(parsed.faults.map(({ problem }) => problem)).toEqual([
      'destinations.1.name: is used by another destination',
      'destinations.1.tls: cert_file and key_file go together',
      'destinations.2.hec: is only for shape hec',
    ]);
  });

  test.each([
    'version: 2\ndestinations: []',
    'a: &x [1]\nb: *x',
    '{',
    'version: 1\nversion: 1\ndestinations: []',
    '',
  ])('refused: %j', (text) => {
    expect(parseForwardSettings(text).ok).toBe(false);
  });

  test('absent: nothing is forwarded', () => {
    expect(loadForwardSettings(null)).toEqual({ ok: true, destinations: [] });
  });
});

describe('at start', () => {
  let federation: Federation;
  const directory = temporaryDirectory('forward-settings');
  const path = join(directory.path, 'forward.yaml');

  beforeAll(async () => {
    federation = await createFederation();
  });
  afterAll(() => {
    federation.remove();
    directory.remove();
  });

  async function faultsOf(text: string, mode = 0o600): Promise<readonly string[]> {
    writeFileSync(path, text);
    chmodSync(path, mode);
    const config = await loadConfig({ ...federation.environment, [FORWARD_VARIABLE]: path });
    return config.ok ? [] : config.faults.map(({ variable, problem }) => `${variable} ${problem}`);
  }

  test('every file that a destination names is looked into', async () => {
    const open = join(directory.path, 'open');
    const broken = join(directory.path, 'broken');
    writeFileSync(open, 'Bearer x');
    chmodSync(open, 0o644);
    writeFileSync(broken, 'Bearer x\r\nX-Evil: 1\r\n', { mode: 0o600 });
    const faults = await faultsOf(`
version: 1
destinations:
  - { name: a, type: syslog, host: h, tls: { ca_file: /nowhere/ca.pem } }
  - { name: b, type: syslog, host: h, tls: { cert_file: '${federation.client.certPath}', key_file: '${federation.server.keyPath}' } }
  - { name: c, type: http, url: https://h/, authorization_file: '${open}' }
  - { name: d, type: http, url: https://h/, authorization_file: '${broken}' }
  - { name: e, type: http, url: https://h/, sign: { hmac_secret_file: '${broken}' } }
  - { name: f, type: http, url: https://h/, sign: { ed25519_key: '${broken}' } }
`);
    expect(faults).toEqual([
      `${FORWARD_VARIABLE} destinations.0.tls.ca_file: cannot be read as PEM certificates`,
      `${FORWARD_VARIABLE} destinations.1.tls.key_file: is not the key of the certificate in cert_file`,
      `${FORWARD_VARIABLE} destinations.2.authorization_file: can be read by others; chmod it to 0600`,
      `${FORWARD_VARIABLE} destinations.3.authorization_file: must hold one line of printable ASCII`,
      `${FORWARD_VARIABLE} destinations.4.sign.hmac_secret_file: must hold whsec_ and base64`,
      `${FORWARD_VARIABLE} destinations.5.sign.ed25519_key: is refused (key_invalid)`,
    ]);
  });

  test('a file that others may write is refused', async () => {
    expect(await faultsOf('version: 1\ndestinations: []', 0o666)).toEqual([
      `${FORWARD_VARIABLE} names a file that others may write; chmod it to 0600`,
    ]);
    expect(await faultsOf('version: 1\ndestinations: []')).toEqual([]);
  });
});
