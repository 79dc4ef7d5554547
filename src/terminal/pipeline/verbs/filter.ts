// `F`: keeps the rows in which a value fits.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import type { Row } from "../../rows.ts";
import { type Condition, readCondition } from "../condition.ts";
import { hasLists, onLists, recordsOf } from "../documents.ts";
import { filterAtPath } from "../filter-at-path.ts";
import type { DocumentFlow, RowFlow } from "../flow.ts";
import { leadsFromTop, valuesAt } from "../paths.ts";
import { type RowTest, selectRows } from "../select.ts";
import type { StageWords } from "../stage-words.ts";
import type { CompiledVerb, Flow } from "../verb.ts";

export function compileFilter(words: StageWords): CompiledVerb {
  return filterBy(readCondition(words), words);
}

/** The same for a verb that has read the condition itself. */
export function filterBy(condition: Condition, { place }: StageWords): CompiledVerb {
  const test = rowTest(condition);
  const select = (flow: RowFlow) => selectRows(flow, test);
  return {
    keepsHint: true,
    apply(flow, run) {
      if (flow.kind !== "document") return select(flow);
      return filterDocument(flow, condition, () => onLists(flow, run, place, select));
    },
  };
}

type Values = readonly OrderedJson[];

function rowTest(condition: Condition): RowTest {
  const { key, fits, isNegated } = condition;
  const keepsGroup = (head: Row) => {
    const values = valuesAt(head, key);
    return values.length > 0 && condition.decide([values])[0] === true ? true : undefined;
  };
  // What a row does not have itself, its group may have for it.
  const valuesOf = (row: Row, head: Row | undefined): Values => {
    const values = valuesAt(row, key);
    return values.length > 0 || head === undefined ? values : valuesAt(head, key);
  };
  if (fits === undefined) return { keepsGroup, look: valuesOf, decide: condition.decide };
  const name = key.kind === "bare" ? key.name : undefined;
  const look = (row: Row, head: Row | undefined) => {
    const value = name === undefined ? undefined : row.get(name);
    return (value === undefined ? valuesOf(row, head).some(fits) : fits(value)) !== isNegated;
  };
  return { keepsGroup, look, decide: (looks: readonly boolean[]) => looks };
}

/**
 * A path, and the name of a member, is looked for from the top; what is not there, in the items of the arrays of objects,
 * and what they do not have either, in the document as if it were a row.
 */
async function filterDocument(
  { document }: DocumentFlow,
  condition: Condition,
  onEachList: () => Promise<Flow>,
): Promise<Flow> {
  const { key, isNegated } = condition;
  const whole = (isKept: boolean): Flow => ({ kind: "document", document: isKept ? document : null });
  if (leadsFromTop(document, key)) {
    if (key.kind === "bare") return whole(condition.decide([valuesAt(document, key)])[0]!);
    return { kind: "document", document: filterAtPath(document, key.steps, condition) };
  }
  if (recordsOf(document).some((record) => valuesAt(record, key).length > 0)) return await onEachList();
  const values = valuesAt(document, key);
  if (values.length > 0) return whole(condition.decide([values])[0]!);
  if (key.kind === "bare" && hasLists(document)) return await onEachList();
  return whole(isNegated);
}
