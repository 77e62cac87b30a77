import { startPostgres } from '../../src/postgres.ts';

/** Starts a server, says where, and waits. The test ends this process and looks at what is left. */
const server = await startPostgres();
console.log(JSON.stringify({ port: server.port, directory: server.directory }));
setInterval(() => {}, 60_000);
