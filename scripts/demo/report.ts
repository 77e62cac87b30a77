import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that was tried, what had to happen, and what did. */
export interface Step {
  readonly name: string;
  readonly expected: string;
  readonly observed: string;
  readonly ok: boolean;
  /** Whatever lets a reader check it: request id, counts before and after, the audit entry. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** The request that this step is about and what the log says of it: what a proof can hold the step to. */
  readonly proof?: { readonly request_id: string; readonly code: string };
}

export interface ToldStep extends Step {
  readonly chapter: string;
  /** RFC 3339, UTC: when the step was over. */
  readonly at: string;
}

const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Collects the steps, tells the story on the screen while it happens, and writes it down at the end. */
export class Report {
  readonly #steps: ToldStep[] = [];
  readonly #brief: boolean;
  #chapter = '';

  /** `brief`: a line for each step, and nothing more. */
  constructor(options: { readonly brief?: boolean } = {}) {
    this.#brief = options.brief ?? false;
  }

  chapter(title: string): void {
    this.#chapter = title;
    if (!this.#brief) console.log(`\n${paint(1, title)}`);
  }

  say(text: string): void {
    if (!this.#brief) console.log(`  ${text}`);
  }

  add(step: Step): void {
    this.#steps.push({ ...step, chapter: this.#chapter, at: new Date().toISOString() });
    const mark = step.ok ? paint(32, 'ok  ') : paint(31, 'FAIL');
    console.log(`  ${mark} ${step.name}`);
    if (this.#brief && step.ok) return;
    console.log(`       expected  ${step.expected}`);
    console.log(`       observed  ${step.observed}`);
    const details = Object.entries(step.evidence).filter(([, value]) => typeof value !== 'object');
    for (const [name, value] of details) console.log(`       ${paint(2, `${name}: ${String(value)}`)}`);
  }

  get steps(): readonly ToldStep[] {
    return this.#steps;
  }

  get allOk(): boolean {
    return this.#steps.length > 0 && this.#steps.every((step) => step.ok);
  }

  /** Writes `smoke.json` and returns its path. */
  write(directory: string, facts: Readonly<Record<string, unknown>>): string {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'smoke.json');
    const document = { ...facts, ok: this.allOk, steps: this.#steps };
    writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
    return path;
  }
}
