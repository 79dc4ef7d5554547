// What the lines of one interactive shell have in common. A command that is run on its own has no session.

import type { OrderedJson } from "../base/ordered-json.ts";
import type { Config } from "../config/config.ts";
import type { ConfigOverride } from "../config/load-config.ts";
import type { HostError } from "../protocol/errors.ts";
import type { ResponseMeta } from "../protocol/process-plugin.ts";

/** What a command gave, before any stage of a pipeline. */
export interface CommandResult {
  readonly data: OrderedJson;
  readonly meta: ResponseMeta;
  /** The members of rows that people get to see, in this order; all when absent. Programs get all. */
  readonly columns?: readonly string[] | undefined;
  /** JSON of it is the data itself, and not a list of rows. */
  readonly isWhole?: boolean | undefined;
}

export interface KeptResult extends CommandResult {
  /** The stages that were applied to it when it was shown first; empty for none. */
  readonly pipeline: string;
}

/** A line that did not end well; what "doctor last" tells of. */
interface LastFailure {
  readonly line: string;
  readonly exitCode: number;
  /** Absent where the command ran and reported the failure itself. */
  readonly error: HostError | undefined;
}

export interface Session {
  /** What was set for this session alone, oldest first. */
  overrides: readonly ConfigOverride[];
  /** As it is known to whoever reads the lines: for what is to be said before a line has read its own. */
  readonly config?: Config | undefined;
  /** The newest result that a command gave; what "last" shows again. */
  last: KeptResult | undefined;
  /** What the newest failing line threw; whoever runs the lines makes a failure of it. */
  thrown: HostError | undefined;
  failure: LastFailure | undefined;
  /** Results that `--cache` finds again, by what was asked for. */
  readonly results: {
    get(key: string): KeptResult | undefined;
    set(key: string, result: KeptResult): void;
  };
}
