import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { isSecurityCode, SECURITY_EVENTS, type SecurityCode } from './security/security-events.ts';
import type { Withdrawal } from './tls/connection-census.ts';
import type { Expiry } from './tls/expiries.ts';
import { gatewayBuild } from './version.ts';

/** What `/metrics` shows. A registry of its own per gateway, so that two in one process do not collide. */
export interface Metrics {
  readonly registry: Registry;
  answered(endpoint: string, code: string, seconds: number): void;
  dropped(endpoint: string): void;
  handshakeFailed(reason: string): void;
  malformedHttp(reason: string): void;
  /** A traceparent header that has no such form, or is repeated; it was ignored. */
  traceparentMalformed(): void;
  /** A request was answered 503 because this process protects itself; `reason` from a closed set. */
  shed(reason: string): void;
  connectionRefused(reason: string): void;
  /** A balancer's connection had no PROXY header that can be read; `reason` from a closed set. */
  proxyHeaderFailed(reason: string): void;
  /** A living connection was ended because its certificate is not trusted any more. */
  connectionWithdrawn(reason: Withdrawal): void;
  certificateExpiries(read: () => readonly Expiry[], now: () => number): void;
  /** `result`: loaded or refused. */
  reloaded(result: 'loaded' | 'refused'): void;
  /** Security events that no answer, handshake or malformed line above counts already. */
  securityEvents(code: SecurityCode, count: number): void;
  committed(batchSize: number, seconds: number, outcomes: readonly string[]): void;
  livingNonces(count: () => Promise<number>): void;
  connections(count: () => number): void;
  bodyBytesInFlight(count: () => number): void;
  eventLoopDelay(seconds: () => number): void;
  ready(state: boolean): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  // Among them the event loop's lag, RSS and garbage collection.
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'vectorvue_build_info',
    help: 'Always 1; which version and commit this is',
    labelNames: ['version', 'commit'] as const,
    registers,
    aggregator: 'first',
  }).set({ ...gatewayBuild() }, 1);
  const answers = new Counter({
    name: 'vectorvue_requests_total',
    help: 'Answers by endpoint and code; code is accepted, duplicate or an error code',
    labelNames: ['endpoint', 'code'] as const,
    registers,
  });
  const latency = new Histogram({
    name: 'vectorvue_request_seconds',
    help: 'From the end of the headers to the answer',
    labelNames: ['endpoint'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const drops = new Counter({
    name: 'vectorvue_requests_dropped_total',
    help: 'Connections that were closed without an answer because the outcome of a commit is unknown',
    labelNames: ['endpoint'] as const,
    registers,
  });
  const handshakes = new Counter({
    name: 'vectorvue_tls_handshake_failures_total',
    help: 'TLS handshakes that failed, by reason',
    labelNames: ['reason'] as const,
    registers,
  });
  const malformed = new Counter({
    name: 'vectorvue_malformed_http_total',
    help: 'Connections closed because they did not speak HTTP as it is written, by reason',
    labelNames: ['reason'] as const,
    registers,
  });
  const traceparents = new Counter({
    name: 'vectorvue_traceparent_malformed_total',
    help: 'traceparent headers that were ignored because they are malformed or repeated',
    registers,
  });
  const sheds = new Counter({
    name: 'vectorvue_requests_shed_total',
    help: 'Requests answered 503 because the gateway protects itself, by reason',
    labelNames: ['reason'] as const,
    registers,
  });
  const refusedConnections = new Counter({
    name: 'vectorvue_connections_refused_total',
    help: 'Connections ended because a limit was reached, by limit',
    labelNames: ['reason'] as const,
    registers,
  });
  const proxyHeaders = new Counter({
    name: 'vectorvue_proxy_header_failures_total',
    help: 'Connections of VV_TG_PROXY_PROTOCOL_FROM that were closed for want of a PROXY header, by reason',
    labelNames: ['reason'] as const,
    registers,
  });
  const withdrawn = new Counter({
    name: 'vectorvue_connections_withdrawn_total',
    help: 'Living connections ended because a pin, a certificate or a CA is not trusted any more, by reason',
    labelNames: ['reason'] as const,
    registers,
  });
  const reloads = new Counter({
    name: 'vectorvue_reloads_total',
    help: 'SIGHUP and files that changed: certificates, CA, lists and rules that were loaded, or refused as a whole',
    labelNames: ['result'] as const,
    registers,
  });
  const security = new Counter({
    name: 'vectorvue_security_events_total',
    help: 'Security events, by code and level; every one, also those that are not written down',
    labelNames: ['code', 'level'] as const,
    registers,
  });
  // A series that is there from the start: an alert on its increase sees the first event, too.
  for (const [code, { level }] of Object.entries(SECURITY_EVENTS)) security.inc({ code, level }, 0);
  const securityEvents = (code: SecurityCode, count: number): void =>
    security.inc({ code, level: SECURITY_EVENTS[code].level }, count);
  const batch = new Histogram({
    name: 'vectorvue_commit_batch_size',
    help: 'Requests in one commit',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    registers,
  });
  const commit = new Histogram({
    name: 'vectorvue_commit_seconds',
    help: 'Duration of one commit',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5],
    registers,
  });
  const outcomes = new Counter({
    name: 'vectorvue_commit_outcomes_total',
    help: 'Outcomes of the commit, by status',
    labelNames: ['status'] as const,
    registers,
  });
  /** A gauge that is read when it is asked for. */
  const observed = (
    name: string,
    help: string,
    read: () => number,
    aggregator: 'sum' | 'max' = 'sum',
  ): void => {
    new Gauge({
      name,
      help,
      registers,
      aggregator,
      collect() {
        this.set(read());
      },
    });
  };
  const readiness = new Gauge({ name: 'vectorvue_ready', help: '1 when /readyz says so', registers });
  return {
    registry,
    answered: (endpoint, code, seconds) => {
      answers.inc({ endpoint, code });
      latency.observe({ endpoint }, seconds);
      if (isSecurityCode(code)) securityEvents(code, 1);
    },
    dropped: (endpoint) => drops.inc({ endpoint }),
    shed: (reason) => sheds.inc({ reason }),
    connectionRefused: (reason) => refusedConnections.inc({ reason }),
    proxyHeaderFailed: (reason) => proxyHeaders.inc({ reason }),
    connectionWithdrawn: (reason) => withdrawn.inc({ reason }),
    certificateExpiries: (read, now) => {
      new Gauge({
        name: 'vectorvue_certificate_expiry_seconds',
        help: 'Until it ends, negative after: certificates and revocation lists, by what, sha256 and identity',
        labelNames: ['what', 'sha256', 'identity'] as const,
        registers,
        // Workers say the same of what is loaded; a client that reconnects is seen by another.
        aggregator: 'min',
        collect() {
          this.reset();
          for (const { what, sha256, identity, atMs } of read()) {
            this.set({ what, sha256, identity }, Math.round((atMs - now()) / 1000));
          }
        },
      });
    },
    reloaded: (result) => reloads.inc({ result }),
    handshakeFailed: (reason) => {
      handshakes.inc({ reason });
      securityEvents('tls_handshake_failed', 1);
    },
    malformedHttp: (reason) => {
      malformed.inc({ reason });
      securityEvents('http_malformed', 1);
    },
    traceparentMalformed: () => traceparents.inc(),
    securityEvents,
    committed: (size, seconds, statuses) => {
      batch.observe(size);
      commit.observe(seconds);
      for (const status of statuses) outcomes.inc({ status });
    },
    livingNonces: (count) => {
      new Gauge({
        name: 'vectorvue_living_nonces',
        help: 'Nonces that are kept, those expired and not yet swept included',
        registers,
        async collect() {
          // Without the store the last number stands; /readyz is what says that it is away.
          const living = await count().catch(() => null);
          if (living !== null) this.set(living);
        },
      });
    },
    connections: (count) =>
      observed('vectorvue_connections', 'Open connections of the federation listener', count),
    bodyBytesInFlight: (count) =>
      observed('vectorvue_body_bytes_in_flight', 'Bytes of bodies received and not answered yet', count),
    eventLoopDelay: (seconds) =>
      observed(
        'vectorvue_event_loop_delay_seconds',
        'What the guard measured last; the highest worker',
        seconds,
        'max',
      ),
    ready: (state) => readiness.set(state ? 1 : 0),
  };
}
