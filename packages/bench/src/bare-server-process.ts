/** A server that does nothing but mutual TLS and HTTP: what every request costs before any work. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express from 'express';

const ANSWER = Buffer.from(
  '{"accepted":true,"request_id":"01234567-89ab-7cde-8123-456789abcdef","status":"accepted","duplicate":false}',
);

interface Start {
  readonly kind: 'https' | 'express';
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.on('data', () => undefined);
  request.on('end', () => {
    response.statusCode = 202;
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Content-Length', ANSWER.length);
    response.end(ANSWER);
  });
}

function application(): (request: IncomingMessage, response: ServerResponse) => void {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.post('/internal/v1/telemetry', answer);
  return app;
}

process.on('message', (start: Start) => {
  const server = createServer(
    {
      ca: readFileSync(start.caPath),
      cert: readFileSync(start.certPath),
      key: readFileSync(start.keyPath),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      noDelay: true,
    },
    start.kind === 'https' ? answer : application(),
  );
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
