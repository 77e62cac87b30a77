export { jsonlAdapter } from './adapters/jsonl.ts';
export { buildEvents } from './build-events.ts';
export { detectFormat } from './detect-format.ts';
export { KnownIds } from './known-ids.ts';
export { MAX_REPORT_BYTES } from './limits.ts';
export {
  faultsOf,
  type LoadedMapping,
  loadMapping,
  type Mapping,
  parseYaml,
  type RuleFault,
} from './mapping/load-mapping.ts';
export { MAPPING_VERSION, mappingVersion } from './mapping-version.ts';
export { type ReadItem, readEvents } from './read-events.ts';
export { type LoadedRules, loadRedactionRules, type RedactionRules } from './redact/redaction-rules.ts';
export { memorySource } from './source.ts';
export { type Survey, type Surveyed, survey, surveySteps } from './survey.ts';
export { namedFault, Tally } from './tally.ts';
export type {
  Adapter,
  BuildContext,
  BuiltEvents,
  Fault,
  FaultCode,
  IntakeFault,
  Measurements,
  NewEvent,
  Observation,
  Report,
  ReportFormat,
  ReportSource,
} from './types.ts';
export { REPORT_FORMATS } from './types.ts';
