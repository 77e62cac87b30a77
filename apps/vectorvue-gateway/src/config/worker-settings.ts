import type { GatewayConfig } from './gateway-config.ts';
import type { Settings } from './settings.ts';

/** How many processes serve (ARCHITECTURE.md, Scale). The embedded database takes one, whatever was asked for. */
export function readWorkers(settings: Settings, databaseUrl: string | null): number {
  const workers = settings.integer('VV_TG_WORKERS', { default: 1, min: 1, max: 64 });
  if (workers > 1 && databaseUrl === null) {
    settings.warnings.push('VV_TG_WORKERS needs PostgreSQL: the embedded database is served by one process');
    return 1;
  }
  return workers;
}

/**
 * The configuration of one of several workers. What is a limit of the whole gateway is divided among them; what
 * protects one process (memory, queue, event loop) holds in each. So does the rate of a peer: PROTOCOL.md section 5
 * says "per process", and dividing it would refuse an agent with one connection at a fraction of what was set.
 */
export function shareOfWorker(config: GatewayConfig): GatewayConfig {
  const share = (whole: number): number => Math.ceil(whole / config.workers);
  const { limits } = config;
  return {
    ...config,
    // The primary imports it; a worker reads trust from the store alone.
    declared: { identities: [], keys: [], operatorTenants: [] },
    // The primary has the console; a worker needs none of its secrets.
    console: { ...config.console, off: 'this is a worker', tls: null, oidc: null },
    limits: {
      ...limits,
      maxConnections: share(limits.maxConnections),
      samplesPerMinute: share(limits.samplesPerMinute),
    },
  };
}
