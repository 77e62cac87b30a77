/** Counts reports for the metrics: where one came from, and what became of it. */
export type ReportCounter = (source: 'api' | 'watch', outcome: 'taken' | 'partial' | 'refused') => void;
