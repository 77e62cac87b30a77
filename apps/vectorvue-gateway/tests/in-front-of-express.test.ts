import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { inFrontOf } from '../src/in-front-of-express.ts';

const response = {} as ServerResponse;
const request = (method: string, url: string): IncomingMessage => ({ method, url }) as IncomingMessage;

test('only a POST to exactly a route goes past the application', async () => {
  const went: string[] = [];
  const handle = inFrontOf<{ name: string }>((asked) => void went.push(`app ${asked.method} ${asked.url}`), {
    routes: [{ path: '/a', name: 'A' }],
    receive: async ({ name }) => void went.push(name),
    fail: () => undefined,
  });
  for (const [method, url] of [
    ['POST', '/a'],
    ['GET', '/a'],
    ['POST', '/a?b'],
    ['POST', '/a/'],
    ['POST', '/A'],
    ['POST', '__proto__'],
  ] as const) {
    handle(request(method, url), response);
  }
  expect(went).toEqual([
    'A',
    'app GET /a',
    'app POST /a?b',
    'app POST /a/',
    'app POST /A',
    'app POST __proto__',
  ]);
});

test('what the handler throws reaches the one place for faults, with the request', async () => {
  const asked = request('POST', '/a');
  const fault = new Error('broken');
  const failed = await new Promise<readonly unknown[]>((resolve) => {
    const handle = inFrontOf<object>(() => undefined, {
      routes: [{ path: '/a' }],
      receive: () => Promise.reject(fault),
      fail: (...all) => resolve(all),
    });
    handle(asked, response);
  });
  expect(failed).toEqual([fault, asked, response]);
});
