// What Ctrl-C means in the shell: it ends the command that runs, and never the shell. Pressed again while that command
// is ending, it is ended at once; pressed once more, the shell gives up waiting for it.

import { killGroups } from "../../base/process-group.ts";
import { HostError } from "../../protocol/errors.ts";
import type { CommandIo } from "../../terminal/io.ts";

export interface Interrupts {
  /** Runs one command with an io of its own; one may run others. Throws what `work` throws, and `interrupted` when it was given up. */
  during<T>(work: (io: CommandIo) => Promise<T>): Promise<T>;
  /** What Ctrl-C does while nothing runs. */
  onIdle: (() => void) | undefined;
  /** A command was given up: it may still be at work. */
  readonly hasGivenUp: boolean;
  end(): void;
}

export function interruptsOf(io: CommandIo): Interrupts {
  let onPress: (() => void) | undefined;
  let hasGivenUp = false;
  const giveBack = io.takeInterrupts?.(() => (onPress ?? interrupts.onIdle)?.());
  const interrupts: Interrupts = {
    onIdle: undefined,
    get hasGivenUp() {
      return hasGivenUp;
    },
    end: () => giveBack?.(),
    async during(work) {
      const stop = new AbortController();
      const given = Promise.withResolvers<never>();
      const before = onPress;
      let presses = 0;
      onPress = () => {
        presses++;
        io.stderr.write("\n"); // The terminal shows ^C where the cursor is.
        if (presses === 1) stop.abort(interrupted());
        else if (presses === 2) killGroups();
        else {
          hasGivenUp = true;
          given.reject(interrupted());
        }
      };
      const signal = AbortSignal.any([io.signal, stop.signal]);
      try {
        return await Promise.race([work(io.forCommand?.(signal) ?? { ...io, signal }), given.promise]);
      } finally {
        onPress = before;
      }
    },
  };
  return interrupts;
}

function interrupted(): HostError {
  return new HostError("interrupted", "interrupted", { details: { signal: "SIGINT" } });
}
