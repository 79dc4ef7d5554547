// What the lines of one interactive shell have in common. A command that is run on its own has no session.

import type { OrderedJson } from "../base/ordered-json.ts";
import type { ConfigOverride } from "../config/load-config.ts";
import type { ResponseMeta } from "../protocol/process-plugin.ts";

/** A result as it came, before any stage of a pipeline. */
export interface KeptResult {
  readonly data: OrderedJson;
  readonly meta: ResponseMeta;
  /** The stages that were applied to it when it was shown first; empty for none. */
  readonly pipeline: string;
}

export interface Session {
  /** What was set for this session alone, oldest first. */
  overrides: readonly ConfigOverride[];
  /** The newest result that a command gave; what "last" shows again. */
  last: KeptResult | undefined;
  /** Results that `--cache` finds again, by what was asked for. */
  readonly results: {
    get(key: string): KeptResult | undefined;
    set(key: string, result: KeptResult): void;
    clear(): void;
  };
}
