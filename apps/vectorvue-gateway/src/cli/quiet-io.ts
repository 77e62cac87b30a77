import type { CliIo } from './io.ts';

export interface QuietIo {
  readonly io: CliIo;
  /** With `--quiet`: no bar, and what is said beside the answer is kept. */
  hush(): void;
  /** Says what was kept: something was not done. */
  tell(): void;
}

/** The surroundings of a command line of which it is not known yet whether it says `--quiet`. */
export function quietIo(io: CliIo): QuietIo {
  let kept: string[] | null = null;
  const stderr = {
    get isTTY() {
      return kept === null && io.stderr.isTTY;
    },
    get columns() {
      return io.stderr.columns;
    },
    write: (text: string) => {
      if (kept === null) io.stderr.write(text);
      else kept.push(text);
    },
  };
  return {
    io: { ...io, stderr },
    hush: () => {
      kept = [];
    },
    tell: () => {
      for (const text of kept ?? []) io.stderr.write(text);
      kept = null;
    },
  };
}
