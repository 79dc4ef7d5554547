// Keeps the stack of a library that crashes while it is only tried: such a library has no log, and whoever tries it wants to
// see where it crashed.

import type { PluginLog } from "../plugins/native/plugin-log.ts";
import { HostError } from "../protocol/errors.ts";

export interface KeptCrash {
  /** Takes what a log takes, and writes nothing. */
  readonly log: PluginLog;
  /** The error with the stack in its details, once its lines have names; the error as it is when nothing crashed. */
  withStack(error: unknown): Promise<unknown>;
}

export function keepCrash(): KeptCrash {
  let stack: Promise<readonly string[]> | undefined;
  const log: PluginLog = {
    write() {},
    writeLater(make) {
      const made = make(new AbortController().signal);
      stack ??= made.then(
        (line) => (line.kind === "crash" ? (line.stack ?? []) : []),
        () => [],
      );
    },
    lastLines: () => [],
    flush: async () => {},
    flushSync() {},
    close: async () => {},
  };
  return {
    log,
    async withStack(error) {
      const lines = await stack;
      if (!(error instanceof HostError) || lines === undefined || lines.length === 0) return error;
      const { code, message, hint, details } = error;
      return new HostError(code, message, {
        ...(hint === undefined ? {} : { hint }),
        details: { ...details, stack: lines },
        cause: error,
      });
    },
  };
}
