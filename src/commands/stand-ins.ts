// Words that stand for a whole line: an alias, and one argument that is a line itself. Loaded only for lines that have one.

import { HostError } from "../protocol/errors.ts";
import { expandAlias } from "./expand-alias.ts";
import { splitText } from "./line-stages.ts";
import type { Line } from "./main.ts";
import { takeLeadingFlags } from "./split-line.ts";

/** The words of a line of the user's own that the first word stands for; its stages are in the line's flags. */
export function wordsOfAlias(line: Line, words: readonly string[]): readonly string[] {
  const { flags, aliases } = line;
  const { knownProfiles } = line.config!;
  const expanded = expandAlias({ config: line.config!, words, aliases, flags });
  line.isTakenApart = true;
  const first = expanded[takeLeadingFlags({ ...flags }, expanded)];
  const namesProfile =
    flags.profile === undefined && first !== undefined && knownProfiles.includes(first.toLowerCase());
  // A profile, and flags, may say how the configuration is to be read.
  if (namesProfile || first !== expanded[0]) delete line.config;
  return expanded;
}

/** The words of one argument that is a whole line; flags of the host may follow it. */
export function wordsOfText(line: Line, [text = "", ...rest]: readonly string[]): readonly string[] {
  const { flags } = line;
  const more = rest[takeLeadingFlags(flags, rest)];
  if (more !== undefined) throw new HostError("usage_invalid", `"${more}" stands behind a whole line: "${text}"`);
  const { words, pipeline } = splitText(flags, text);
  const stages = [pipeline, flags.pipeline].filter((one) => one !== undefined);
  flags.pipeline = stages.length > 0 ? stages.join(" | ") : undefined;
  if (words.length === 0 && stages.length === 0) throw new HostError("usage_invalid", "the line has no command");
  line.isTakenApart = true;
  return words;
}
