// The expression of a stage `JQ`, with the places of its characters, and what jq's complaints about it mean.

import { JQ_EXPRESSION_BYTES_MAX } from "../../protocol/limits.ts";
import { type Place, pipelineError, shown } from "./pipeline-error.ts";
import { partOf, type StageWords, type Word } from "./stage-words.ts";

const COMPLAINT_CHARS_MAX = 300;

/** An expression is taken as it was typed; one that stands in quotes as a whole, without these. Throws `pipeline_invalid`. */
export function jqFilter({ words, rest, verb }: StageWords): Word {
  const isQuoted = words.length === 1 && /^["']/.test(rest.text);
  const typed = isQuoted ? words[0]! : plainWord(rest.text, rest.from);
  const lead = /^\s*\|?\s*/.exec(typed.text)![0].length;
  const filter = partOf(typed, lead);
  if (filter.text.trim() === "") {
    throw pipelineError(words[0] ?? verb, "JQ needs an expression", "for example: | JQ 'map(.name)'");
  }
  if (Buffer.byteLength(filter.text) <= JQ_EXPRESSION_BYTES_MAX) return filter;
  const message = `an expression for jq may have ${JQ_EXPRESSION_BYTES_MAX} bytes`;
  throw pipelineError(filter, message, "split it into several stages JQ");
}

function plainWord(text: string, from: number): Word {
  const places = Array.from({ length: text.length }, (_, at) => from + at);
  return { text, quoted: places.map(() => false), places, from, to: from + text.length };
}

/** What jq printed about a filter that does not compile or that failed, as our error. `linesBefore`: of the program, in front of the filter. */
export function jqError(filter: Word, printed: string, linesBefore: number): Error {
  // A filter may print before it fails; what jq itself says of the failure comes last.
  const from = Math.max(0, printed.search(/^jq: error/m));
  const complaint = /^jq: error(?: \(at [^)]*\))?(?: \(not a string\))?:?([\s\S]*)/.exec(printed.slice(from));
  const compiled = /^([\s\S]*?)(?: \(Unix shell quoting issues\?\))? at <top-level>, line (\d+):\n/.exec(
    complaint?.[1] ?? "",
  );
  if (compiled) {
    const place = placeOf(filter, printed, Number(compiled[2]) - linesBefore);
    return pipelineError(place, `jq does not understand ${shown(filter)}: ${shortened(compiled[1]!)}`, HINT);
  }
  const said = (complaint?.[1] ?? printed).replace(/\njq: \d+ compile errors?\s*$/, "");
  return pipelineError(filter, `jq failed in ${shown(filter)}${said.trim() === "" ? "" : `: ${shortened(said)}`}`);
}

const HINT = 'the language is described at jqlang.org; quote the whole expression when it holds a "|"';

function shortened(said: string): string {
  const text = said.trim();
  return text.length > COMPLAINT_CHARS_MAX ? `${text.slice(0, COMPLAINT_CHARS_MAX)}…` : text;
}

/**
 * jq shows the line with the mistake, and behind it a space for each byte in front of the mistake. (It means to put them
 * on the next line, under it.) What stands around our filter in groups is on lines of its own.
 */
function placeOf(filter: Word, printed: string, line: number): Place {
  const lines = filter.text.split("\n");
  const text = lines[line - 1];
  if (text === undefined) return filter;
  const echo = printed.split("\n").find((one) => one.startsWith(text) && /^ *$/.test(one.slice(text.length)));
  if (echo === undefined) return filter;
  const bytesBefore = echo.length - text.length;
  const charsBefore = Buffer.from(text).subarray(0, bytesBefore).toString().length;
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0) + charsBefore;
  const length = /^(?:[\w$@.]+|[\s\S])/u.exec(filter.text.slice(start))?.[0].length ?? 0;
  return length === 0 ? filter : partOf(filter, start, start + length);
}
