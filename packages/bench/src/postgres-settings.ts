import { totalmem } from 'node:os';

const MiB = 1024 * 1024;

/**
 * What a sensible operator sets on a machine that PostgreSQL shares: a quarter of the memory for its buffers (2 GiB at
 * most), and room in the write-ahead log so that a checkpoint is not due every minute. Durability is never touched.
 */
export function postgresSettings(): readonly string[] {
  const memory = totalmem() / MiB;
  const buffers = Math.max(128, Math.min(2048, Math.floor(memory / 4)));
  return [
    'fsync=on',
    'synchronous_commit=on',
    'full_page_writes=on',
    `shared_buffers=${buffers}MB`,
    `effective_cache_size=${Math.floor(memory / 2)}MB`,
    'max_wal_size=4GB',
    'checkpoint_timeout=15min',
    'random_page_cost=1.1',
    'max_connections=50',
  ];
}
