/** The start cannot succeed by waiting; the message is for the operator. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  /** Of the process: 78 where the configuration is at fault, else 1. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `EADDRINUSE` and the like: what an operator needs, without a stack. */
export function refuseToListen(variable: string) {
  return (fault: unknown): never => {
    const code = (fault as { code?: unknown }).code;
    throw new StartRefused(
      `cannot listen on ${variable} (${typeof code === 'string' ? code : 'unknown'})`,
      1,
    );
  };
}
