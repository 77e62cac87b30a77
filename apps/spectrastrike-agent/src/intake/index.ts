export { buildEvents } from './build-events.ts';
export { detectFormat } from './detect-format.ts';
export { MAPPING_VERSION } from './mapping-version.ts';
export type {
  Adapter,
  BuildContext,
  BuiltEvents,
  Fault,
  IntakeFault,
  Measurements,
  NewEvent,
  Observation,
  Report,
  ReportFormat,
} from './types.ts';
