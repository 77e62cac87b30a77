import type { IncomingMessage, ServerResponse } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { describeFault } from '../logging.ts';
import { StoreError } from '../store/store-error.ts';
import { answerCall, type Call } from './answer-call.ts';
import type { ConsoleParts } from './console-parts.ts';
import { comesFromHere, namesThisConsole } from './http/check-host.ts';
import { certificateOf } from './http/client-certificate.ts';
import { sessionCookieName } from './http/cookies.ts';
import { setSecurityHeaders } from './http/headers.ts';
import { readJsonBody } from './http/read-body.ts';
import { sendJson, sendRefusal } from './http/send.ts';
import { type Match, matchRoute } from './match-route.ts';
import { parseInput } from './parse-input.ts';
import { type Refusal, refusal } from './refusal.ts';
import { CONSOLE_ROUTES } from './routes.ts';
import type { DoorCall, DoorRoute } from './session/door.ts';
import { DOOR_ROUTES } from './session/doors.ts';
import { sessionOf } from './session/let-in.ts';
import { serveStatic } from './static-files.ts';

/** A call of which the body is not there yet. */
type Arrived = Omit<Call, 'body'>;

export const API_PREFIX = '/console/api/v1';

/** Everything below `/console`: who asks from where, then a file, a door, or a call of the API. Never rejects. */
export async function handleRequest(
  parts: ConsoleParts,
  folder: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = uuidv7();
  const isTls = parts.address.scheme === 'https';
  setSecurityHeaders(response, isTls);
  response.setHeader('X-Request-Id', requestId);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const [path = '', queryText = ''] = splitOnce(request.url ?? '', '?');
  const arrived: Arrived = { request, response, requestId, queryText, signal: gone.signal };
  try {
    const refused = namesThisConsole(request, parts.address)
      ? await answer(parts, folder, arrived, path, isTls)
      : refusal('host_rejected', 'this console has another name');
    if (refused !== null) sendRefusal(response, refused, requestId);
  } catch (fault) {
    const refused = ofFault(parts, fault, requestId);
    if (response.headersSent) response.destroy();
    else sendRefusal(response, refused, requestId);
  }
}

async function answer(
  parts: ConsoleParts,
  folder: string | null,
  arrived: Arrived,
  path: string,
  isTls: boolean,
): Promise<Refusal | null> {
  const { request, response } = arrived;
  if (path !== API_PREFIX && !path.startsWith(`${API_PREFIX}/`)) {
    await serveStatic(request, response, folder, path);
    return null;
  }
  const apiPath = path.slice(API_PREFIX.length);
  const door = matchRoute(DOOR_ROUTES, request.method ?? '', apiPath);
  const mayComeFromElsewhere = door.kind === 'found' && door.route.fromElsewhere === true;
  if (!mayComeFromElsewhere && !comesFromHere(request, parts.address)) {
    return refusal('origin_rejected', 'another site asks');
  }
  // Before a slot is taken: whoever sends slowly holds none.
  const body =
    request.method === 'POST' ? await readJsonBody(request) : { ok: true as const, value: undefined };
  if (!body.ok) return body;
  const release = parts.slots.take();
  if (release === null) return refusal('busy', 'too many calls are under way');
  try {
    return await answerApi(parts, { ...arrived, body: body.value }, apiPath, door, isTls, release);
  } finally {
    release();
  }
}

async function answerApi(
  parts: ConsoleParts,
  call: Call,
  path: string,
  door: Match<DoorRoute>,
  isTls: boolean,
  release: () => void,
): Promise<Refusal | null> {
  const { request, response } = call;
  const cookieName = sessionCookieName(isTls, request.socket.localPort ?? 0);
  const certificateSha256 = certificateOf(request, parts.clock.now());
  const visitor = { isTls, cookieName, certificateSha256 };
  if (door.kind === 'found') return openDoor(parts, call, door.route, visitor);
  const session = await sessionOf(parts, { request, ...visitor });
  const match = matchRoute(CONSOLE_ROUTES, request.method ?? '', path);
  // Whoever is not signed in does not learn what there is.
  if (session === null) return refusal('session_required', 'sign in first');
  if (match.kind === 'none' && door.kind === 'none') return refusal('not_found', 'there is no such call');
  if (match.kind !== 'found') {
    const allow = [match, door].flatMap((found) => (found.kind === 'other-method' ? found.allow : []));
    response.setHeader('Allow', [...new Set(allow)].join(', '));
    return refusal('method_not_allowed', 'not with this method');
  }
  return answerCall(parts, call, match.route, match.params, session, release);
}

async function openDoor(
  parts: ConsoleParts,
  call: Call,
  route: DoorRoute,
  visitor: Pick<DoorCall, 'isTls' | 'cookieName' | 'certificateSha256'>,
): Promise<Refusal | null> {
  const { request, response, requestId, queryText } = call;
  const parsed = parseInput('input_invalid', route.body, call.body);
  if (!parsed.ok) return parsed;
  const body = parsed.value;
  const answered = await route.handle(parts, { request, requestId, body, queryText, ...visitor });
  if (!answered.ok) return answered;
  for (const cookie of answered.cookies ?? []) response.appendHeader('Set-Cookie', cookie);
  if ('redirect' in answered) {
    response.writeHead(303, { Location: answered.redirect, 'Content-Length': 0 }).end();
  } else sendJson(response, 200, route.answer?.parse(answered.value));
  return null;
}

function ofFault(parts: ConsoleParts, fault: unknown, requestId: string): Refusal {
  parts.logger.error('console.failed', { request_id: requestId, ...describeFault(fault) });
  const isStore = fault instanceof StoreError || (fault as { code?: unknown } | null)?.code === '57014';
  return isStore
    ? refusal('unavailable', 'the database did not answer in time')
    : refusal('internal_error', 'this failed; the log of the gateway says why');
}

function splitOnce(text: string, by: string): readonly [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)];
}
