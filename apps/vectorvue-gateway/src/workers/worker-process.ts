import { PrimaryChannel } from './primary-channel.ts';
import { serveWorker } from './serve-worker.ts';

// A program, not a module: what the primary forks. Nothing imports it. If the primary dies, the channel to it breaks,
// and node:cluster ends this process.
process.exit(await serveWorker(new PrimaryChannel()));
