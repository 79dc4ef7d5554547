// `F`: keeps the rows in which a value fits.

import type { Row } from "../../rows.ts";
import { type Condition, readCondition } from "../condition.ts";
import { hasLists, onLists, recordsOf } from "../documents.ts";
import { filterAtPath } from "../filter-at-path.ts";
import type { DocumentFlow, RowFlow } from "../flow.ts";
import { valuesAt, valuesAtSteps } from "../paths.ts";
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

function rowTest(condition: Condition): RowTest {
  const { key, fits, isNegated } = condition;
  const name = key.kind === "bare" ? key.name : undefined;
  const keep = (batch: readonly Row[], head?: Row) => {
    // What a row does not have itself, its group may have for it.
    const common = head === undefined ? [] : valuesAt(head, key);
    const valuesOf = (row: Row) => {
      const values = valuesAt(row, key);
      return values.length === 0 ? common : values;
    };
    if (fits !== undefined) {
      return batch.filter((row) => {
        const value = name === undefined ? undefined : row.get(name);
        return (value === undefined ? valuesOf(row).some(fits) : fits(value)) !== isNegated;
      });
    }
    const isKept = condition.decide(batch.map(valuesOf));
    return batch.filter((_, at) => isKept[at]);
  };
  const keepsGroup = (head: Row) => {
    const values = valuesAt(head, key);
    return values.length > 0 && condition.decide([values])[0] === true ? true : undefined;
  };
  return { keep, keepsGroup };
}

/**
 * A path is looked for from the top; what it does not find there, and bare names, in the items of the arrays of
 * objects, and what they do not have either, in the document as if it were a row.
 */
async function filterDocument(
  { document }: DocumentFlow,
  condition: Condition,
  onEachList: () => Promise<Flow>,
): Promise<Flow> {
  const { key, isNegated } = condition;
  const whole = (isKept: boolean): Flow => ({ kind: "document", document: isKept ? document : null });
  if (key.kind === "path" && valuesAtSteps(document, key.steps).length > 0) {
    return { kind: "document", document: filterAtPath(document, key.steps, condition) };
  }
  if (recordsOf(document).some((record) => valuesAt(record, key).length > 0)) return await onEachList();
  const values = valuesAt(document, key);
  if (values.length > 0) return whole(condition.decide([values])[0]!);
  if (key.kind === "bare" && hasLists(document)) return await onEachList();
  return whole(isNegated);
}
