// Keys as verbs take them that compute: a path or a name, and in front of it how exactly the name has to fit.

import { type Key, parseKey } from "./paths.ts";
import { type Word, withoutPrefix } from "./stage-words.ts";

/** Throws `pipeline_invalid` for an empty word and for a path that is none. */
export function namedKey(word: Word): Key {
  const { prefix, word: name } = withoutPrefix(word, ["==", "="]);
  return parseKey(name, prefix === "" ? "loose" : prefix === "=" ? "ignoring case" : "exact");
}
