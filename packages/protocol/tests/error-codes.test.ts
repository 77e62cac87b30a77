import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { ERROR_CODES, isWireErrorCode, type WireErrorCode } from '../src/error-codes.ts';
import { problemDetails } from '../src/problem.ts';
import { testWithShared } from './support.ts';

testWithShared('the table holds exactly the codes and statuses of section 17', 'PROTOCOL.md', (path) => {
  const text = readFileSync(path, 'utf8');
  const section = text.slice(text.indexOf('## 17 Error codes'), text.indexOf('## 18 Departures'));
  const [wire = '', agent = ''] = section.split('On the agent only:');
  const statuses = Object.fromEntries(
    [...wire.matchAll(/`([a-z0-9_]+)` (\d{3})/g)].map(([, code, status]) => [code, Number(status)]),
  );
  const agentOnly = [...(agent.split('\n')[0] ?? '').matchAll(/`([a-z0-9_]+)`/g)].map(([, code]) => [
    code,
    null,
  ]);
  expect(Object.keys(statuses).length).toBe(28);
  expect(agentOnly.length).toBe(15);
  const ours = Object.fromEntries(
    Object.entries(ERROR_CODES).map(([code, entry]) => [code, entry.httpStatus]),
  );
  expect(ours).toEqual({ ...statuses, ...Object.fromEntries(agentOnly) });
});

test('whether to retry follows section 13', () => {
  for (const [code, { httpStatus, retry }] of Object.entries(ERROR_CODES)) {
    if (httpStatus === 401 || httpStatus === 403) {
      expect([code, retry]).toEqual([code, 'pause-lane']);
    } else if (httpStatus === 429 || (httpStatus ?? 0) >= 500) {
      expect([code, retry]).toEqual([code, 'backoff']);
    } else if (code === 'replay_detected') {
      expect(retry).toBe('once');
    } else if (httpStatus !== null) {
      expect([code, retry]).toEqual([code, 'never']);
    }
  }
});

test('every meaning is one sentence', () => {
  for (const { meaning, title } of Object.values(ERROR_CODES)) {
    expect(meaning).toMatch(/^[A-Z][^.]*[^.]\.$|^[A-Z].*2\.x[^.]*\.$/);
    expect(title).toMatch(/^[A-Z]/);
  }
});

test('only wire codes are wire codes', () => {
  const wire = Object.entries(ERROR_CODES).filter(([, entry]) => entry.httpStatus !== null);
  expect(wire.every(([code]) => isWireErrorCode(code))).toBe(true);
  for (const other of ['unknown_kid', 'toString', '__proto__', 'constructor', '', 'NOT_FOUND']) {
    expect(isWireErrorCode(other)).toBe(false);
  }
});

test('a problem is RFC 9457 and says nothing but the table', () => {
  expect(problemDetails('schema_invalid', 'req-1', { path: '/payload/severity' })).toEqual({
    type: 'urn:nyxera:federation:error:schema_invalid',
    title: ERROR_CODES.schema_invalid.title,
    status: 422,
    detail: ERROR_CODES.schema_invalid.meaning,
    request_id: 'req-1',
    errors: [
      {
        error_code: 'schema_invalid',
        error_message: ERROR_CODES.schema_invalid.meaning,
        path: '/payload/severity',
      },
    ],
  });
  for (const code of Object.keys(ERROR_CODES).filter(isWireErrorCode)) {
    const problem = problemDetails(code satisfies WireErrorCode, 'r');
    expect(problem.status).toBe(ERROR_CODES[code].httpStatus);
    expect(Object.hasOwn(problem.errors[0], 'path')).toBe(false);
  }
});

test('the README lists every code with its status', () => {
  const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z0-9_]+)` +\| (\d{3}|agent) +\| ([a-z-]+) +\| (.*?) *\|$/gm)];
  const listed = Object.fromEntries(
    rows.map(([, code, status, retry, meaning]) => [code, { status, retry, meaning }]),
  );
  const table = Object.fromEntries(
    Object.entries(ERROR_CODES).map(([code, { httpStatus, retry, meaning }]) => [
      code,
      { status: httpStatus === null ? 'agent' : String(httpStatus), retry, meaning },
    ]),
  );
  expect(listed).toEqual(table);
});
