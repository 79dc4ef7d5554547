// Outputs that remember what was written to them, and a look to begin with.

import { type Look, lookOf } from "../../src/terminal/look.ts";

/** An output whose `text` is all that was written to it. */
export function recordedOutput({ isTerminal = false, columns = undefined as number | undefined, rows = 0 } = {}) {
  const output = {
    text: "",
    isTerminal,
    columns,
    rows,
    write(more: string) {
      output.text += more;
    },
  };
  return output;
}

/** Neither colours nor line characters, and no width to keep to. */
export const PLAIN_LOOK: Look = lookOf(recordedOutput(), {}, {});
