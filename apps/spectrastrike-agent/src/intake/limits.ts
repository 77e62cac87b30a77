/** A report that is read record by record; beyond this it is refused before it is read. Bytes. */
export const MAX_REPORT_BYTES: number = 64 * 1024 * 1024 * 1024;

/** A report that has to be in memory as a whole (SARIF). Bytes. */
export const MAX_DOCUMENT_BYTES: number = 64 * 1024 * 1024;

/**
 * One record: a line of JSON lines, an element of a JSON array, a child of nmap's root. The longest real line seen
 * has 149 KB. Bytes, of XML code units.
 */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024;

/** Faults kept per report; one last fault says how many more there were, so that garbage cannot fill memory. */
export const MAX_FAULTS = 1000;

/** `payload.description`, code points (PROTOCOL.md section 7). */
export const MAX_DESCRIPTION = 2048;

/** `asset_ref` and `target_urn`, code points (sections 7 and 8). */
export const MAX_ASSET_REF = 512;

/** One string of a scanner's details, code points; the rest is cut and the cut is stated. */
export const MAX_DETAIL_STRING = 8192;

/** Elements of one array, and members of one object, of a scanner's details. */
export const MAX_DETAIL_ELEMENTS = 256;

/** Nesting of a scanner's details; SARIF and nuclei need 6. */
export const MAX_DETAIL_DEPTH = 12;

/** Values of one finding's details, all levels together. */
export const MAX_DETAIL_VALUES = 4096;

/** All strings of one finding's details together, code units. Escaped sixfold it stays below the next limit. */
export const MAX_DETAIL_TOTAL = 128 * 1024;

/**
 * A payload in compat form, bytes. A request is at most 1 MiB (section 5 step 2); 16 KiB are left for the
 * envelope and for the intent that the spool adds.
 */
export const MAX_PAYLOAD_BYTES: number = 1024 * 1024 - 16 * 1024;

/**
 * Nesting of a report's JSON. The wire allows 64 (section 5); a batch puts a payload at depth 4, the details of
 * a finding begin two below that.
 */
export const MAX_REPORT_DEPTH = 56;

/** Nesting of XML elements. nmap needs 8. */
export const MAX_XML_DEPTH = 64;

/** Attributes of one XML element. nmap needs 12. */
export const MAX_XML_ATTRIBUTES = 256;
