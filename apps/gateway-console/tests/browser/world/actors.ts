/** Who is who in the world of the browser's tests. The first three are those of the demonstration. */
export { FOREIGN_TENANT, IDENTITY, OPERATOR, TENANT } from '../../../../../scripts/demo/world.ts';

/** The other organisation: whoever is confined to one tenant must not see a word of it. */
export const OTHER_TENANT = 'b1e7a9d4-2c38-4f60-9a51-77c0de4f8e02';
export const OTHER_OPERATOR = 'op-blue-07';
export const OTHER_IDENTITY = 'spectrastrike-agent-02';
export const OTHER_NAME = 'Aurora Freight';

/** Suspended, and its operator keeps on sending. */
export const SUSPENDED_TENANT = 'c45f0e11-8a3d-4b7e-b2f9-0d1e2a3b4c5d';
export const SUSPENDED_OPERATOR = 'op-grey-03';

export const NAME = 'Northwind';
