// What is wrong with a line that is not whole, and where.

import type { LineWords } from "../base/line-words.ts";
import { HostError } from "../protocol/errors.ts";

type LineProblem = NonNullable<LineWords["problem"]>;

export function brokenLine(line: string, { kind, at }: LineProblem): HostError {
  const [what, hint] =
    kind === "unclosed quote"
      ? ["a quote is opened and not closed", `close it, or write \\${line[at]} for the character itself`]
      : ["nothing stands behind the last backslash", "write \\\\ for the character itself"];
  return new HostError("usage_invalid", `column ${at + 1}: ${what}`, { hint, details: { line, at, to: at + 1 } });
}
