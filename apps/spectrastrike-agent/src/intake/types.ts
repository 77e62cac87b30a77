import type { JsonObject } from '@nyxera/federation-protocol';
import type { NewEvent } from '../spool/types.ts';
import type { RedactionRules } from './redact/redaction-rules.ts';

export type { NewEvent } from '../spool/types.ts';

/** One report that is in memory as a whole. */
export interface Report {
  /** For messages only; it never takes part in what an event becomes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One report, however large: its bytes in pieces, and the same ones each time that they are asked for. */
export interface ReportSource {
  /** For messages only. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** A piece is valid until the next one is asked for. */
  chunks(): Iterable<Uint8Array>;
}

/** Of these, `jsonl` alone is never told by the content: it needs a mapping. */
export const REPORT_FORMATS = ['events', 'nmap', 'nuclei', 'sarif', 'ocsf', 'suricata', 'jsonl'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/**
 * `report`: the report named it. `mapping`: a mapping says so for this record. `inferred`: neither does; a row of
 * `attack/` or the mapping's last word does.
 */
export type TechniqueBasis = 'report' | 'mapping' | 'inferred';

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
  /** What had to be assumed about the time (zone, unit); attributes of the event. */
  readonly assumed?: Readonly<Record<string, string>>;
  readonly techniques: readonly TechniqueNamed[];
  /** Tactics that the report names itself; derived from the techniques where it names none. */
  readonly tactics?: readonly string[];
  readonly description?: string;
  readonly assetRef: string;
  readonly targetUrn: string;
  readonly status: string;
  /** Format specifics; become `attributes.<format>`. Not yet redacted, not yet bounded. */
  readonly details: JsonObject;
  /** What the event_id is derived from instead of the report and the place in it: the same record is the same event. */
  readonly ownKey?: string;
  /** Only for canonical events: the payload as it was written. */
  readonly canonical?: JsonObject;
}

/**
 * What is wrong. `report_*`: nothing, or nothing more, was taken of the report; `record_*` and `event_*`: one of its
 * records was not, and the others go on.
 */
export type FaultCode =
  | 'report_unreadable'
  | 'report_not_a_file'
  | 'report_too_large'
  | 'report_compressed'
  | 'report_format_unknown'
  | 'report_format_mismatch'
  | 'report_malformed'
  | 'report_changed'
  | 'report_stopped'
  | 'record_malformed'
  | 'record_too_large'
  | 'record_unusable'
  | 'event_invalid'
  | 'event_id_repeated'
  | 'more_faults';

/** Where a report could not be understood, and what was expected there. Never quotes the input. */
export interface Fault {
  /** `record_unusable` where it is absent. */
  readonly code?: FaultCode;
  /** "line 12", "line 3 column 7", "byte 830", "runs[0].results[3]". */
  readonly where: string;
  readonly expected: string;
}

/** A fault with the report's name, as `buildEvents` hands it out. */
export interface IntakeFault extends Fault {
  readonly code: FaultCode;
  readonly file: string;
}

/**
 * What became of one record. Skipped: it is well-formed and no finding (a flow record among alerts); it is counted
 * under its reason, so that the sum is right.
 */
export type IntakeItem =
  | { readonly ok: true; readonly observation: Observation }
  /** @property fatal the document as a whole is refused; no item follows. */
  | { readonly ok: false; readonly fault: Fault; readonly fatal?: true }
  | { readonly ok: null; readonly skipped: string };

/** One pass over a report. A document that is refused as a whole ends with a fatal fault. */
export interface Reading {
  /** Read as they are asked for, once; what was handed out is not kept. */
  readonly items: Iterable<IntakeItem>;
  /** RFC 3339: when the execution that the report describes began, as far as it was read; null if it does not say. */
  startedAt(): string | null;
  /** Nothing that is still to come can change `startedAt` or refuse the report as a whole. */
  surveyed(): boolean;
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
  read(source: ReportSource, context: ReadContext): Reading;
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
  /** MAPPING_VERSION, and what a mapping and redaction rules of one's own add to it; MAPPING_VERSION if absent. */
  readonly mappingVersion?: string;
  /** Redaction rules of one's own, beside the built-in ones. */
  readonly redaction?: RedactionRules;
}

export interface BuiltEvents {
  /** Null where the format was not recognised. */
  readonly format: ReportFormat | null;
  /** Hex SHA-256 of the report's bytes. */
  readonly reportSha256: string;
  readonly events: readonly NewEvent[];
  readonly faults: readonly IntakeFault[];
  /** Records that are no findings, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** How many secrets were replaced, by kind, over all events. */
  readonly redactions: Readonly<Record<string, number>>;
}
