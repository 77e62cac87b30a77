import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { packageFolder } from '@nyxera/federation-cli';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Vite names what is in `assets` by its content: it never changes. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

const ABSENT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>VectorVue console</title>
<h1>The console is not built</h1>
<p>This gateway has no files of the console: in a working copy run <code>npm run build</code>. Its API is at
<code>/console/api/v1</code>.</p></html>
`;

/**
 * Where the built console is: the workspace's own build, which is the newest, or what was packed with this program.
 * null: neither is there.
 */
export async function findConsoleFiles(): Promise<string | null> {
  const candidates: string[] = [];
  try {
    const manifest = createRequire(import.meta.url).resolve('@nyxera/gateway-console/package.json');
    candidates.push(join(dirname(manifest), 'dist'));
  } catch {
    // Installed without the workspace.
  }
  candidates.push(fileURLToPath(new URL('console', packageFolder(import.meta.url))));
  for (const folder of candidates) if (await isFile(join(folder, 'index.html'))) return folder;
  return null;
}

/**
 * A file below `/console/`. What looks like a file and is not there is 404; any other path is a view of the page, which
 * finds its way by itself. Names are of a closed alphabet without dots at their beginning, so that nothing leaves the folder.
 */
export async function serveStatic(
  request: IncomingMessage,
  response: ServerResponse,
  folder: string | null,
  path: string,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end();
    return;
  }
  if (path === '/console') {
    response.writeHead(308, { Location: '/console/', 'Content-Length': 0 }).end();
    return;
  }
  if (folder === null) {
    sendText(response, 503, ABSENT, 'text/html; charset=utf-8');
    return;
  }
  const names = path.slice('/console/'.length).split('/');
  const looksLikeFile = names[0] === 'assets' || extname(names.at(-1) ?? '') !== '';
  const safe = names.every((name) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name));
  const file = looksLikeFile ? join(folder, ...names) : join(folder, 'index.html');
  const mediaType = MEDIA_TYPES[extname(file)];
  if ((looksLikeFile && !safe) || mediaType === undefined || !(await isFile(file))) {
    sendText(response, 404, 'not found\n', 'text/plain; charset=utf-8');
    return;
  }
  const { size } = await stat(file);
  if (names[0] === 'assets' && looksLikeFile) response.setHeader('Cache-Control', IMMUTABLE);
  response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': size });
  if (request.method === 'HEAD') response.end();
  // Whoever leaves half-way is no fault of ours.
  else await pipeline(createReadStream(file), response).catch(() => response.destroy());
}

function sendText(response: ServerResponse, status: number, text: string, mediaType: string): void {
  response
    .writeHead(status, { 'Content-Type': mediaType, 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
