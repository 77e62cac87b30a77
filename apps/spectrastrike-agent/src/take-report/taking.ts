import {
  type Fault,
  type IntakeFault,
  KnownIds,
  type NewEvent,
  namedFault,
  type ReadItem,
  Tally,
} from '../intake/index.ts';
import type { EnqueueOutcome } from '../spool/enqueue.ts';
import { SeqRanges } from '../spool/seq-ranges.ts';
import type { Spool } from '../spool/spool.ts';
import type { LaneKey, ReportRecord } from '../spool/types.ts';
import type { StateFaultCode } from '../state/state-fault.ts';

/** What became of one event. Known: it was there before, in whatever state. Changed: with other content, which stands. */
export interface TakenEvent {
  readonly eventId: string;
  readonly outcome: EnqueueOutcome;
  /** Its number in the spool. */
  readonly seq: number;
}

export type StoppedBy = 'signal' | StateFaultCode;

export interface TakenReport {
  readonly file: string;
  /** Null where it was not recognised. */
  readonly format: string | null;
  /** Hex; '' where it was not even read. */
  readonly reportSha256: string;
  /** Events that the report holds, faulty ones not counted. */
  readonly read: number;
  readonly spooled: number;
  /** Those in `changed` among them. */
  readonly known: number;
  /** Known ids whose content is another now: the spooled one stands, and somebody has to look. At most 1000. */
  readonly changed: readonly string[];
  readonly changedCount: number;
  /** At most 1000, and then one that says how many more there were. */
  readonly faults: readonly IntakeFault[];
  /** All faults, those that are not listed too. */
  readonly refused: number;
  /** Records that are no findings, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly redactions: Readonly<Record<string, number>>;
  /** Every record of it was looked at: what is neither read nor refused nor skipped is not in it. */
  readonly complete: boolean;
  /** What ended it before it was read to its end: a signal, or the spool's own code; null: nothing did. */
  readonly stoppedBy: StoppedBy | null;
  /** Numbers of its events in the spool, those with changed content left out. */
  readonly seqs: SeqRanges;
}

/**
 * Events of one transaction: enough that its fsync costs little, few enough that others get the file in between, and that
 * they are gone before the collector takes them for old (with 500 the same report took twice the memory).
 */
const GROUP_EVENTS = 100;
/** And bytes of them in canonical form, at most as many: an event may have a megabyte. */
const GROUP_WEIGHT = 16 * 1024 * 1024;
/** Records after which others get their turn, events among them or not. */
const GROUP_RECORDS = 1000;
const MAX_CHANGED = 1000;

/** One report on its way into the spool: gathers events, spools them in groups, and counts everything. */
export class ReportTaking {
  readonly #file: string;
  readonly #lane: LaneKey;
  readonly #spool: Spool;
  readonly #tally: Tally;
  readonly #ids = new KnownIds();
  readonly #seqs = new SeqRanges();
  readonly #changed: string[] = [];
  #record: Omit<ReportRecord, 'read' | 'complete'> | null = null;
  #group: NewEvent[] = [];
  #weight = 0;
  #records = 0;
  #read = 0;
  #spooled = 0;
  #known = 0;
  #changedCount = 0;
  #complete = false;
  #stoppedBy: StoppedBy | null = null;

  constructor(file: string, lane: LaneKey, spool: Spool) {
    this.#file = file;
    this.#lane = lane;
    this.#spool = spool;
    this.#tally = new Tally(file);
  }

  begin(record: Omit<ReportRecord, 'read' | 'complete'>): void {
    this.#record = record;
  }

  get read(): number {
    return this.#read;
  }

  add(item: ReadItem): void {
    this.#records += 1;
    if (item.kind === 'fault') this.#tally.fault(item.fault);
    else if (item.kind === 'skipped') this.#tally.skip(item.reason);
    else {
      // Within a group it is a fault with a place; over groups the spool finds it, and it is `changed`.
      const judged = this.#ids.judge(item.event, item.where);
      if (typeof judged === 'object') this.#tally.fault(judged);
      else {
        this.#group.push(item.event);
        this.#weight += item.weight;
        this.#tally.redact(item.redactions);
      }
    }
  }

  get isFull(): boolean {
    return (
      this.#group.length >= GROUP_EVENTS || this.#weight >= GROUP_WEIGHT || this.#records >= GROUP_RECORDS
    );
  }

  /** One transaction, durable when it returns. @param complete there is nothing after this. */
  spoolGroup(complete: boolean): readonly TakenEvent[] {
    const events = this.#group;
    const record = this.#record;
    const outcomes: TakenEvent[] = [];
    const read = this.#read + events.length;
    if (record !== null && (events.length > 0 || complete)) {
      const { spooled, known } = this.#spool.enqueue(
        this.#lane,
        { ...record, read, complete },
        events,
        (outcome, { eventId }, seq) => outcomes.push({ eventId, outcome, seq }),
      );
      this.#spooled += spooled;
      this.#known += known;
    }
    this.#read = read;
    this.#complete = complete;
    for (const { eventId, outcome, seq } of outcomes) {
      if (outcome !== 'changed') this.#seqs.add(seq);
      else {
        this.#changedCount += 1;
        if (this.#changed.length < MAX_CHANGED) this.#changed.push(eventId);
      }
    }
    this.#group = [];
    this.#weight = 0;
    this.#records = 0;
    this.#ids.clear();
    return outcomes;
  }

  /** The rest is not taken. What was read and not spooled is not counted: it comes again with the report. */
  stop(fault: Fault, by: StoppedBy | null = null): void {
    this.#stoppedBy = by;
    this.#group = [];
    this.#tally.fault(fault);
  }

  refusedAsAWhole(format: string | null, reportSha256: string, fault: Fault): TakenReport {
    return { ...notTaken(this.#file, [namedFault(this.#file, fault)]), format, reportSha256 };
  }

  result(): TakenReport {
    const { faults, refused, skipped, redactions } = this.#tally;
    return {
      file: this.#file,
      format: this.#record?.format ?? null,
      reportSha256: this.#record?.reportSha256 ?? '',
      read: this.#read,
      spooled: this.#spooled,
      known: this.#known,
      changed: this.#changed,
      changedCount: this.#changedCount,
      faults,
      refused,
      skipped,
      redactions,
      complete: this.#complete,
      stoppedBy: this.#stoppedBy,
      seqs: this.#seqs,
    };
  }
}

/** A report of which nothing could be taken. */
export function notTaken(file: string, faults: readonly IntakeFault[]): TakenReport {
  return {
    file,
    format: null,
    reportSha256: '',
    read: 0,
    spooled: 0,
    known: 0,
    changed: [],
    changedCount: 0,
    faults,
    refused: faults.length,
    skipped: {},
    redactions: {},
    complete: false,
    stoppedBy: null,
    seqs: new SeqRanges(),
  };
}
