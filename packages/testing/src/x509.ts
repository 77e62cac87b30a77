import './reflect-metadata.ts';

/**
 * `@peculiar/x509`, loaded after the metadata functions it needs. By a dynamic import, because Jest runs a
 * CommonJS module while it links the graph, before any static import of it has been evaluated.
 */
const x509: typeof import('@peculiar/x509') = await import('@peculiar/x509');

export { x509 };
