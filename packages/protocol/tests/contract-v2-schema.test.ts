import { describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '../src/json-value.ts';
import { parseContractV2 } from '../src/schemas.ts';
import { type Breakage, breaks, integerRules, long, required, strictAt, textRules } from './breakages.ts';
import { changed, contractV2, type Json } from './samples.ts';
import { expectRejected, parsed, received, receivedObject, value } from './support.ts';

const PATH = '/payload/attributes/contract_v2';

function parse(contract: JsonValue) {
  const attributes: JsonObject = { schema_version: '2.0', contract_v2: contract };
  return parseContractV2(attributes);
}

const bad = (pointer: string, ...values: readonly Json[]): Breakage[] =>
  values.map((one) => [pointer, one] as const);

/** Optional texts: null and absent pass, too long and other types do not. */
const optionalText = (pointer: string, max: number): Breakage[] =>
  bad(pointer, 1, true, [], {}, long(max + 1));

describe('the seven objects', () => {
  const objects = ['execution', 'asset', 'identity', 'ttp', 'detection', 'response', 'control'].map(
    (name) => `/${name}`,
  );
  breaks(
    parse,
    contractV2,
    'contract_v2_invalid',
    [
      ...required(...objects),
      ...objects.flatMap((object) => bad(object, null, 1, 1.5, 'x', [])),
      ...strictAt('', ...objects),
      ...required(
        '/execution/execution_id',
        '/execution/lifecycle_state',
        '/execution/started_at',
        '/asset/asset_id',
      ),
      ...required(
        '/asset/asset_ref',
        '/identity/principal_id',
        '/identity/principal_type',
        '/identity/privilege_level',
      ),
      ...required('/ttp/technique_id', '/ttp/tactic_id', '/detection/detected', '/response/responded'),
      ...required('/control/control_id', '/control/control_type'),
      ...textRules('/execution/execution_id', 128),
      ...bad('/execution/lifecycle_state', null, 1, '', 'Running', 'cancelled', 'constructor'),
      ...bad('/execution/previous_lifecycle_state', 1, '', 'RUNNING', '__proto__'),
      ...bad(
        '/execution/started_at',
        null,
        1,
        '',
        '2026-02-26T12:00:00',
        '1772107200',
        '2026-02-30T00:00:00Z',
      ),
      ...bad(
        '/execution/completed_at',
        1,
        '',
        '2026-02-26T12:00:00',
        '2026-02-26T11:59:59Z',
        '2026-02-26T13:00:00+02:00',
      ),
      ...optionalText('/execution/failure_reason', 1024),
      ...bad('/execution/failure_reason', 'it did not fail'),
      ...optionalText('/execution/correlation_id', 128),
      ...textRules('/asset/asset_id', 128),
      ...textRules('/asset/asset_ref', 512),
      ...optionalText('/asset/hostname', 255),
      ...optionalText('/asset/ip_address', 64),
      ...optionalText('/asset/platform', 64),
      ...optionalText('/asset/environment', 64),
      ...textRules('/identity/principal_id', 256),
      ...textRules('/identity/principal_type', 64),
      ...textRules('/identity/privilege_level', 64),
      ...optionalText('/identity/account_domain', 255),
      ...bad('/ttp/technique_id', null, 1, '', 't1059', 'T105', 'T1059.1', 'TA0002', 'T1059.001x'),
      ...bad('/ttp/tactic_id', null, 1, '', 'ta0002', 'T0002', 'TA002'),
      ...bad('/ttp/subtechnique_id', 1, '', 'T1059', 'T1059.01'),
      ...optionalText('/ttp/procedure', 1024),
      ...bad('/detection/detected', null, 1, 'true'),
      ...optionalText('/detection/detection_source', 128),
      ...integerRules('/detection/detection_latency_seconds', 0, 2 ** 53 - 1).filter(
        ([, one]) => one !== null,
      ),
      ...optionalText('/detection/alert_id', 256),
      ...optionalText('/detection/alert_severity', 32),
      ...bad('/response/responded', null, 0, 'false'),
      ...optionalText('/response/response_action', 256),
      ...bad('/response/response_latency_seconds', -1, 1.5, '1'),
      ...bad('/response/containment_latency_seconds', -1, 1.5, '1'),
      ...bad('/response/contained', null, 1, 'no'),
      ...textRules('/control/control_id', 128),
      ...textRules('/control/control_type', 64),
      ...optionalText('/control/control_vendor', 128),
      ...optionalText('/control/control_version', 64),
      ...bad('/control/effectiveness_score', -0.001, 1.001, 2, -1, '0.5', true, [], {}),
    ],
    PATH,
  );
});

describe('lifecycle transitions', () => {
  const allowed = new Set([
    ...['planned>queued', 'planned>canceled', 'queued>dispatched', 'queued>canceled', 'dispatched>running'],
    ...[
      'dispatched>failed',
      'dispatched>canceled',
      'running>succeeded',
      'running>failed',
      'running>canceled',
    ],
  ]);
  const states = ['planned', 'queued', 'dispatched', 'running', 'succeeded', 'failed', 'canceled'];
  for (const from of states) {
    test(`from ${from}`, () => {
      for (const to of states) {
        const contract = changed(
          changed(contractV2(), '/execution/previous_lifecycle_state', from),
          '/execution/lifecycle_state',
          to,
        );
        const result = parse(received(contract));
        if (allowed.has(`${from}>${to}`)) {
          expect(result).toMatchObject({ ok: true });
        } else {
          expectRejected(result, 'contract_v2_invalid', `${PATH}/execution/lifecycle_state`);
        }
      }
    });
  }
  test('without a previous state every state is allowed', () => {
    for (const to of states) {
      for (const previous of [null, undefined]) {
        const contract = changed(contractV2(), '/execution/previous_lifecycle_state', previous);
        value(parse(received(changed(contract, '/execution/lifecycle_state', to))));
      }
    }
  });
});

describe('the rest', () => {
  test('only schema versions 2.x are asked for a contract', () => {
    for (const version of ['1.0', '20', '2', 'v2.0', 2]) {
      expect(value(parseContractV2(receivedObject({ schema_version: version, contract_v2: 1 })))).toBeNull();
    }
    expect(value(parseContractV2(receivedObject({})))).toBeNull();
    for (const contract of [undefined, null, 1, 1.5, 'x', []]) {
      const attributes = receivedObject({ schema_version: '2.7', contract_v2: contract });
      expectRejected(parseContractV2(attributes), 'contract_v2_invalid', PATH);
    }
  });

  test('a failure may say why', () => {
    const failed = changed(contractV2(), '/execution/lifecycle_state', 'failed');
    value(parse(received(changed(failed, '/execution/failure_reason', 'it broke'))));
    value(parse(received(changed(contractV2(), '/execution/failure_reason', ''))));
  });

  test('completed is not before started, to the microsecond and beyond', () => {
    const from = changed(contractV2(), '/execution/started_at', '2026-02-26T12:00:00.0009Z');
    const completedAt = (text: string) => parse(received(changed(from, '/execution/completed_at', text)));
    for (const text of [
      '2026-02-26T12:00:00.0009Z',
      '2026-02-26T12:00:00.00090Z',
      '2026-02-26T13:00:00.001+01:00',
    ]) {
      value(completedAt(text));
    }
    for (const text of [
      '2026-02-26T12:00:00.0008Z',
      '2026-02-26T12:00:00.000899999Z',
      '2026-02-26T12:00:00Z',
    ]) {
      expectRejected(completedAt(text), 'contract_v2_invalid', `${PATH}/execution/completed_at`);
    }
  });

  test('optional fields may be absent; contained is false then', () => {
    const contract = changed(contractV2(), '/response/contained', undefined);
    const accepted = value(parse(received(changed(contract, '/control/effectiveness_score', undefined))));
    expect(accepted?.response.contained).toBe(false);
  });

  test('a score may be written either way', () => {
    const text = JSON.stringify(contractV2());
    for (const score of ['0', '1', '0.0', '1.0', '5e-1', 'null']) {
      value(parse(parsed(text.replace('"effectiveness_score":0.5', `"effectiveness_score":${score}`))));
    }
  });
});
