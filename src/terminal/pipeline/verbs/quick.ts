// The quick search, a stage without a verb, and `K` and `V`, which search only keys or only values.

import { truthyCondition } from "../condition.ts";
import { parseKey } from "../paths.ts";
import { pipelineError } from "../pipeline-error.ts";
import { readSearch, type SearchPlaces, type TextSearch } from "../search.ts";
import { searchDocument } from "../search-document.ts";
import { type RowTest, selectRows } from "../select.ts";
import type { StageWords, Word } from "../stage-words.ts";
import type { CompiledVerb } from "../verb.ts";
import { filterBy } from "./filter.ts";

/** What looks like a verb is the first word of the text. */
export function compileQuick(words: StageWords): CompiledVerb {
  return compileSearch(words, [words.verb, ...words.words], { keys: true, values: true });
}

export function compileKeySearch(words: StageWords): CompiledVerb {
  return compileSearch(words, behindVerb(words), { keys: true, values: false });
}

export function compileValueSearch(words: StageWords): CompiledVerb {
  return compileSearch(words, behindVerb(words), { keys: false, values: true });
}

function behindVerb({ words, verb, place }: StageWords): readonly Word[] {
  if (words.length === 0) throw pipelineError(place, "a text is missing", `write "${verb.text} text"`);
  return words;
}

function compileSearch(words: StageWords, text: readonly Word[], places: SearchPlaces): CompiledVerb {
  const search = readSearch(text, places);
  if (search.kind === "key") return filterBy(truthyCondition(parseKey(search.word), search.isInverted), words);
  const test = rowTest(search.text);
  return {
    keepsHint: true,
    apply(flow) {
      if (flow.kind !== "document") return selectRows(flow, test);
      return { kind: "document", document: searchDocument(flow.document, search.text, test) };
    },
  };
}

function rowTest(search: TextSearch): RowTest {
  return {
    look: (row) => search.finds(row) !== search.isInverted,
    decide: (looks: readonly boolean[]) => looks,
    keepsGroup: (head) => (search.finds(head) ? !search.isInverted : undefined),
  };
}
