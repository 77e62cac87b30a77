import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programEnvironment } from '@nyxera/federation-testing';

export const REPOSITORY: string = new URL('../../..', import.meta.url).pathname;
export const GATEWAY: string = join(REPOSITORY, 'apps/vectorvue-gateway');
export const AGENT_PROGRAM: string = join(REPOSITORY, 'apps/spectrastrike-agent/bin/spectrastrike-agent.js');

export type Environment = Readonly<Record<string, string>>;

const READY_MS = 180_000;
const STOP_MS = 15_000;

/** `vectorvue-gateway serve` of one build, which can be killed and started again under the same environment. */
export class GatewayProcess {
  readonly #program: string;
  readonly #environment: Environment;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #log = '';
  #logged = 0;

  /** `build`: the directory that holds bin and dist; the workspace's own, or a copy with a planted bug. */
  constructor(build: string, environment: Environment) {
    this.#program = join(build, 'bin/vectorvue-gateway.js');
    this.#environment = environment;
  }

  /** Everything that all its lives have logged, the newest 64 KiB. */
  get log(): string {
    return this.#log;
  }

  /** A place in the log, for `logSince`. */
  get logged(): number {
    return this.#logged;
  }

  /** What was logged after that place, as far as it is kept. */
  logSince(place: number): string {
    const count = this.#logged - place;
    return count <= 0 ? '' : this.#log.slice(-count);
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** The process id while it lives. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.#program, 'serve'], {
      env: programEnvironment(this.#environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    // A gateway must never outlive the suite, however that ends.
    const reap = (): void => void child.kill('SIGKILL');
    process.once('exit', reap);
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        process.off('exit', reap);
        if (this.#child === child) this.#child = null;
        resolve();
      });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-65_536);
      this.#logged += text.length;
    });
    await this.#untilReady(child);
  }

  /** One command line of its program, under its environment. Throws where it does not end with 0. */
  async command(...args: readonly string[]): Promise<void> {
    await promisify(execFile)(process.execPath, [this.#program, ...args], {
      env: programEnvironment(this.#environment),
      timeout: READY_MS,
    });
  }

  /** The signal that it ended by, as the kernel told its parent; null if it had ended before. */
  async kill9(): Promise<NodeJS.Signals | null> {
    const child = this.#child;
    child?.kill('SIGKILL');
    await this.#ended;
    return child?.signalCode ?? null;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    await this.#ended;
    clearTimeout(timer);
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        let said = '';
        timer = setTimeout(() => reject(new Error('the gateway was not ready in time')), READY_MS);
        child.once('error', reject);
        child.once('close', (code) =>
          reject(new Error(`the gateway ended with ${code} before it was ready\n${this.#log}`)),
        );
        child.stdout?.setEncoding('utf8').on('data', (text: string) => {
          if (said.includes('"gateway.ready"')) return;
          said += text;
          if (said.includes('"gateway.ready"')) resolve();
        });
      });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
