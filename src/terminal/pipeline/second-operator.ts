// Two operators in one comparison are a slip: what was meant is said, where it can be known. In quotes it is a text.

import { pipelineError } from "./pipeline-error.ts";
import { firstOperator, type Operator, partOf, type Word } from "./stage-words.ts";

/** What other languages, and fingers, write. */
const MEANT = new Map<string, Operator>([
  ["=>", ">="],
  [">>", ">="],
  [">==", ">="],
  ["=<", "<="],
  ["<<", "<="],
  ["<==", "<="],
  ["<>", "!="],
  ["===", "=="],
  ["!==", "!="],
  ["=~", "~"],
  ["~=", "~"],
  ["~~", "~"],
]);

interface Comparing {
  readonly operator: Operator;
  /** The operator's. */
  readonly place: Word;
  readonly value: Word;
  /** Whether the value stands right behind the operator. */
  readonly isJoined: boolean;
}

/** Throws `pipeline_invalid` where the value begins with an operator that can mean nothing there. */
export function refuseSecondOperator({ operator, place, value, isJoined }: Comparing): void {
  const second = firstOperator(value);
  if (second === undefined) return;
  const isOrder = operator.startsWith("<") || operator.startsWith(">");
  if (second.at > 0) {
    if (!isOrder) return;
    const at = partOf(value, second.at, second.at + second.operator.length);
    throw pipelineError(
      at,
      "one stage compares once",
      "for another comparison, write another stage: | F a > 1 | F a < 9",
    );
  }
  const isPattern = operator.endsWith("~");
  // `= ==x` asks for the exact text, `= !=x` for another one.
  const isMark = second.operator.startsWith("=") || second.operator.startsWith("!");
  if (!isJoined && (isPattern || (isMark && !isOrder))) return;
  if (isJoined && operator === "=" && second.operator === "!=") return;
  const typed = operator + second.operator;
  const meant = MEANT.get(typed) ?? MEANT.get(typed.slice(0, 2));
  const quote = `a text that begins with "${second.operator[0]}" goes in quotes`;
  throw pipelineError(
    { from: place.from, to: value.places[second.operator.length - 1]! + 1 },
    `"${typed}" is no operator`,
    meant === undefined ? quote : `did you mean "${meant}"? ${quote}`,
  );
}
