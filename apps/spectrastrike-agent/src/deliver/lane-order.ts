/**
 * Attempts of one lane go in the order in which they were chosen (PROTOCOL.md section 13), although each is signed and
 * sent by itself. A single opens the way when it was handed to the operating system. A batch opens it when it was
 * answered: of two on their way at once, on two connections, the short one would overtake the long one.
 */
export class LaneOrder {
  /** Not ended yet, in order. */
  readonly #turns = new Set<Turn>();
  #last: Turn | null = null;

  next(): Turn {
    this.#last = new Turn(this.#last);
    this.#turns.add(this.#last);
    return this.#last;
  }

  /** A batch came back with its events, which are not recorded yet: nothing may be chosen behind them. */
  get isHeld(): boolean {
    for (const turn of this.#turns) if (turn.opened === false) return true;
    return false;
  }

  /** It is over and recorded, so the spool itself gives the order again. */
  end(turn: Turn): void {
    turn.open(true);
    turn.handOver();
    this.#turns.delete(turn);
    if (this.#last === turn) this.#last = null;
  }
}

export class Turn {
  /** Resolves when it may go; false: what was before it goes back to the spool, and a first attempt must not pass it. */
  readonly before: Promise<boolean>;
  /** Resolves when it was sent, or will not be. */
  readonly handedOver: Promise<void>;
  /** Null: nothing may go behind it yet. */
  opened: boolean | null = null;
  readonly #way: Promise<boolean>;
  #open: (inOrder: boolean) => void = () => {};
  #handOver: () => void = () => {};
  #behind: Turn | null = null;

  constructor(previous: Turn | null) {
    this.before = previous === null ? Promise.resolve(true) : previous.#way;
    if (previous !== null) previous.#behind = this;
    this.#way = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.handedOver = new Promise((resolve) => {
      this.#handOver = resolve;
    });
  }

  /** Lets the next one go, or not. The first word counts. */
  open(inOrder: boolean): void {
    this.opened ??= inOrder;
    this.#open(this.opened);
  }

  handOver(): void {
    this.#handOver();
  }

  get behind(): Turn | null {
    return this.#behind;
  }
}
