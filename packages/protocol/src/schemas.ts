/** Everything that has a schema (PROTOCOL.md sections 7 to 9 and 19): parsers, types, and the zod schemas behind them. */
export * from './audit-cosignature-schema.ts';
export * from './contract-v2-schema.ts';
export * from './evidence-bundle-schema.ts';
export * from './execution-graph-schema.ts';
export * from './feedback-schema.ts';
export * from './key-exchange-schema.ts';
export * from './key-set.ts';
export * from './telemetry-batch-schema.ts';
export * from './telemetry-schema.ts';
export * from './verify-feedback.ts';
export * from './verify-key-set.ts';
