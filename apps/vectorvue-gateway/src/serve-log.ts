import type { Express, Response } from 'express';
import { parseAuditTarget } from './accept/audit-target.ts';
import type { LogReader } from './audit/log-reader.ts';

const PREFIX = '/log/';

/**
 * The transparency log read-only on the administration listener, in the layout of C2SP tlog-tiles with the prefix
 * `/log`: existing clients of such logs can read it. Nothing in it is private to a tenant.
 */
export function serveLog(app: Express, log: () => LogReader | null): void {
  app.use(async (request, response, next) => {
    const target = request.url.startsWith(PREFIX) ? parseAuditTarget(request.url.slice(PREFIX.length)) : null;
    const reader = log();
    if (reader === null || target === null || target.kind === 'receipt') return next();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return void response.status(405).setHeader('Allow', 'GET, HEAD').json({ status: 'method not allowed' });
    }
    if (target.kind === 'checkpoint') {
      const note = await reader.checkpoint();
      if (note === null) return notFound(response);
      response.type('text/plain; charset=utf-8').send(note);
      return;
    }
    const bytes = await reader.tile(target.tile);
    if (bytes === null) return notFound(response);
    // A tile never changes, nor does a partial one of its width.
    response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    response.type('application/octet-stream').send(Buffer.from(bytes));
  });
}

function notFound(response: Response): void {
  response.status(404).json({ status: 'not found' });
}
