import type { JsonObject } from '@nyxera/federation-protocol';
import type { NewEvent } from '../spool/types.ts';

export type { NewEvent } from '../spool/types.ts';

/** One report as it was given: a file or stdin, read whole (limit: {@link MAX_REPORT_BYTES}). */
export interface Report {
  /** For messages only; it never takes part in what an event becomes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type ReportFormat = 'events' | 'nmap' | 'nuclei' | 'sarif';

/** `report`: the report named it. `inferred`: the report says nothing; a row of `attack/defaults.ts` does. */
export type TechniqueBasis = 'report' | 'inferred';

export interface TechniqueNamed {
  readonly id: string;
  readonly basis: TechniqueBasis;
  /** One sentence, for the analyst who asks why. */
  readonly reason: string;
}

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

/** What an adapter makes of one finding, before redaction, bounds and mapping to ATT&CK. */
export interface Observation {
  /** Position in the report, from 0; part of what the event_id is derived from. */
  readonly ordinal: number;
  /** Where in the report, for faults: "line 12", "host[0].port[3]", "runs[0].results[7]". */
  readonly where: string;
  readonly eventType: string;
  readonly sourceSystem: string;
  readonly severity: Severity;
  /** Which word or number of the report (or which rule) the severity comes from. */
  readonly severityBasis: string;
  /** RFC 3339 with an offset, verbatim as in the report, or made from its Unix seconds; else `recordedAt`. */
  readonly observedAt: string;
  readonly observedAtBasis: 'report' | 'recorded';
  readonly techniques: readonly TechniqueNamed[];
  readonly description?: string;
  readonly assetRef: string;
  readonly targetUrn: string;
  readonly status: string;
  /** Format specifics; become `attributes.<format>`. Not yet redacted, not yet bounded. */
  readonly details: JsonObject;
  /** Only for canonical events: the payload as it was written. */
  readonly canonical?: JsonObject;
}

/** Where a report could not be understood, and what was expected there. Never quotes the input. */
export interface Fault {
  /** "line 12", "line 3 column 7", "byte 830", "runs[0].results[3]". */
  readonly where: string;
  readonly expected: string;
}

/** A fault with the report's name, as `buildEvents` hands it out. */
export interface IntakeFault extends Fault {
  readonly file: string;
}

export type IntakeItem =
  | { readonly ok: true; readonly observation: Observation }
  | { readonly ok: false; readonly fault: Fault };

/** What an adapter read. A document that is refused as a whole is one fault and no observation. */
export interface Reading {
  /** RFC 3339: when the execution that the report describes began, if the report says so. */
  readonly startedAt: string | null;
  readonly items: readonly IntakeItem[];
}

export interface ReadContext {
  /** RFC 3339: when this agent first saw these bytes; used where the report has no usable time. */
  readonly recordedAt: string;
}

/** One report format. Reading never throws on any bytes: what is not understood is a fault. */
export interface Adapter {
  readonly format: ReportFormat;
  /** Decides by content alone, never by the file's name. */
  detect(shape: ReportShape): boolean;
  read(report: Report, context: ReadContext): Reading;
}

/** What detection looks at; made once by `sniff.ts`. */
export interface ReportShape {
  readonly kind: 'empty' | 'xml' | 'json' | 'other';
  /** Member names of the first JSON object (of the document, of the array, or of the first usable line). */
  readonly members: ReadonlySet<string>;
  /** Name of the XML root element; '' if none was found. */
  readonly root: string;
  /** True for a JSON array without elements. */
  readonly emptyArray: boolean;
}

/** Recorded once per run by `attestation/`; the same run always gives the same values. */
export interface Measurements {
  /** 64 hex. */
  readonly attestationMeasurementHash: string;
  readonly attestationSynthetic: boolean;
  readonly manifestHash: string | null;
  readonly toolSha256: string | null;
  readonly policyDecisionHash: string | null;
}

export interface BuildContext extends ReadContext {
  readonly operatorId: string;
  /** Verbatim: the fingerprint covers it as it is written (PROTOCOL.md section 11). */
  readonly tenantId: string;
  readonly campaignId: string;
  readonly schemaVersion: string;
  readonly measurements: Measurements;
}

export interface BuiltEvents {
  /** Null where the format was not recognised. */
  readonly format: ReportFormat | null;
  /** Hex SHA-256 of the report's bytes. */
  readonly reportSha256: string;
  readonly events: readonly NewEvent[];
  readonly faults: readonly IntakeFault[];
  /** How many secrets were replaced, by kind, over all events. */
  readonly redactions: Readonly<Record<string, number>>;
}
