import type { RequestListener } from 'node:http';
import express, { type Express, type Request, type Response } from 'express';
import { StateFault } from '../state/state-fault.ts';
import { type Answer, jsonAnswer, problemAnswer, type Refusal, refuse } from './answer.ts';
import { answerOpa } from './answer-opa.ts';
import type { ApiContext, Exchange, Handler } from './exchange.ts';
import type { Guard } from './guard-request.ts';
import { answerAlive, answerReady } from './health-answers.ts';
import { openapiDocument } from './openapi-document.ts';
import { OPERATIONS, type Operation, type OperationId } from './operations.ts';
import { evaluatePolicyRequest, showPolicyContext } from './policy-answers.ts';
import { takeEvents } from './take-events.ts';
import { takeReportRequest } from './take-report-request.ts';

/** How long a client that is still sending a refused body may go on, so that it reads the answer; milliseconds. */
const LINGER_MS = 2000;

/** Exhaustive: an operation without a handler does not compile. */
const HANDLERS: { readonly [Id in OperationId]: Handler } = {
  takeEvents,
  takeReport: takeReportRequest,
  evaluatePolicy: evaluatePolicyRequest,
  showPolicyContext,
  answerOpa,
  showStatus: async ({ agent }) => jsonAnswer(200, agent.status()),
  showDocument: async () => documentAnswer(),
  alive: async () => answerAlive(),
  ready: async (context) => answerReady(context),
  showMetrics: async ({ metrics }) => ({
    status: 200,
    mediaType: metrics.registry.contentType,
    body: await metrics.registry.metrics(),
    code: 'ok',
  }),
};

/** One listener's application: guard -> path -> method -> handler -> answer. */
export function createApiApp(context: ApiContext, guard: Guard): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    const operation: Operation = OPERATIONS[id];
    const paths = id === 'answerOpa' ? [operation.path, `${operation.path}/*member`] : [operation.path];
    const serve = (request: Request, response: Response): Promise<void> =>
      answer(context, guard, id, request, response);
    app[operation.method](paths, serve);
    if (id === 'answerOpa') app.get(paths, serve);
    app.all(paths, (request, response) => {
      const allow =
        id === 'answerOpa' ? 'GET, HEAD, POST' : operation.method === 'get' ? 'GET, HEAD' : 'POST';
      response.setHeader('allow', allow);
      refuseAll(context, guard, request, response, 'method_not_allowed');
    });
  }
  app.use((request, response) => refuseAll(context, guard, request, response, 'not_found'));
  onFault(app, context);
  return app;
}

async function answer(
  context: ApiContext,
  guard: Guard,
  id: OperationId,
  request: Request,
  response: Response,
): Promise<void> {
  const startedAt = context.elapsed();
  const requestId = context.requestId();
  const operation: Operation = OPERATIONS[id];
  const stopped = guard(request, operation.open === true);
  const { member } = request.params;
  const exchange: Exchange = {
    request,
    requestId,
    query: new URLSearchParams(request.url.split('?')[1] ?? ''),
    below: Array.isArray(member) ? member : [],
  };
  const outcome = stopped ?? (await handled(context, id, exchange));
  if (outcome === null) {
    context.metrics.answered(id, 'gone', (context.elapsed() - startedAt) / 1000);
    response.destroy();
    return;
  }
  const decided = 'ok' in outcome ? problemAnswer(outcome, requestId) : outcome;
  write(response, request, decided);
  context.metrics.answered(id, decided.code, (context.elapsed() - startedAt) / 1000);
}

/** What the machine cannot do now is a refusal with a code, too: the state of it is no fault of this request. */
async function handled(
  context: ApiContext,
  id: OperationId,
  exchange: Exchange,
): Promise<Answer | Refusal | null> {
  try {
    return await HANDLERS[id](context, exchange);
  } catch (error) {
    if (!(error instanceof StateFault)) throw error;
    context.agent.logger.warn('api.state', { operation: id, code: error.code });
    if (error.code === 'spool_full' || error.code === 'state_full') return refuse('spool_full');
    return refuse('service_unavailable', { retryAfterSeconds: 1 });
  }
}

function write(response: Response, request: Request, answer: Answer): void {
  response.status(answer.status);
  response.setHeader('content-type', answer.mediaType);
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (!request.complete) endAfter(request);
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

/**
 * Refused before its body was there. The rest is read and thrown away for a moment, since a client that still writes
 * would get a reset instead of the answer; then the connection ends. No `Connection: close`: Node would end it at once.
 */
function endAfter(request: Request): void {
  request.resume();
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  cut.unref();
  for (const over of ['end', 'close']) request.once(over, () => clearTimeout(cut));
}

function refuseAll(
  context: ApiContext,
  guard: Guard,
  request: Request,
  response: Response,
  code: 'not_found' | 'method_not_allowed',
): void {
  const refusal = guard(request, false) ?? refuse(code);
  context.metrics.answered('none', refusal.code, 0);
  write(response, request, problemAnswer(refusal, context.requestId()));
}

let document: string | null = null;

/** Made when it is first asked for. */
function documentAnswer(): Answer {
  document ??= `${JSON.stringify(openapiDocument(), null, 2)}\n`;
  return { status: 200, mediaType: 'application/json', body: document, code: 'ok' };
}

function onFault(app: Express, context: ApiContext): void {
  // Four parameters: that is how Express knows an error handler.
  app.use((fault: unknown, request: Request, response: Response, _next: express.NextFunction) => {
    const requestId = context.requestId();
    context.agent.logger.warn('api.fault', {
      request_id: requestId,
      fault: fault instanceof Error ? fault.message : 'unknown',
    });
    context.metrics.answered('none', 'internal_error', 0);
    // Express refuses a path that is not decodable by itself.
    const code = fault instanceof URIError ? 'bad_request' : 'internal_error';
    if (response.headersSent) response.destroy();
    else write(response, request, problemAnswer(refuse(code), requestId));
  });
}
