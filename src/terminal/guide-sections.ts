// Takes a help text apart into its sections, without losing anything of it, and leaves out what is not wanted.

import { type GuideLine, guideLines } from "./guide-lines.ts";
import type { HelpLevel } from "./guide-style.ts";

export interface GuideSection {
  /** What stands on a line of its own, with a colon; undefined for sentences between the sections. */
  readonly title: string | undefined;
  /** That line as it was written. */
  readonly titleLine: string;
  readonly place: GuideLine["place"];
  /** Without the title, and without empty lines at either end. */
  readonly lines: readonly GuideLine[];
  /** Empty lines in front of the first line and behind the last, as they were written. */
  readonly blankBefore: readonly string[];
  readonly blankAfter: readonly string[];
}

export function guideSections(text: string): GuideSection[] {
  const sections: { heading: GuideLine | undefined; place: GuideLine["place"]; lines: GuideLine[] }[] = [];
  for (const line of guideLines(text)) {
    const last = sections.at(-1);
    const isHeading = line.kind === "heading";
    const goesOn = last !== undefined && !isHeading && (line.kind === "blank" || last.place === line.place);
    if (goesOn) last.lines.push(line);
    else sections.push({ heading: isHeading ? line : undefined, place: line.place, lines: isHeading ? [] : [line] });
  }
  return sections.map(({ heading, place, lines }) => {
    const filled = lines.map(({ kind }) => kind !== "blank");
    const end = filled.lastIndexOf(true) + 1;
    const start = end === 0 ? 0 : filled.indexOf(true);
    return {
      title: heading?.text,
      titleLine: heading?.line ?? "",
      place,
      lines: lines.slice(start, end),
      blankBefore: lines.slice(0, start).map(({ line }) => line),
      blankAfter: lines.slice(end).map(({ line }) => line),
    };
  });
}

const LEVELS_LEFT_OUT: Readonly<Record<HelpLevel, (place: GuideLine["place"]) => boolean>> = {
  none: (place) => place !== "usage",
  tiny: (place) => !["usage", "preamble", "commands", "arguments"].includes(place),
  normal: (place) => place === "common_invocation_options",
  verbose: () => false,
};

/**
 * The sections of a level, and a word on what the next level has. A text that would lose everything is no help page by
 * our reading, and keeps all.
 */
export function sectionsOfLevel(sections: readonly GuideSection[], level: HelpLevel): readonly GuideSection[] {
  const kept = sections.filter(({ place }) => !LEVELS_LEFT_OUT[level](place));
  if (!kept.some(({ lines }) => lines.length > 0)) return sections;
  return level === "normal" && kept.length < sections.length ? [...kept, MORE] : kept;
}

const MORE_LINE = "With -v, the help also lists the options that every command has.";
const MORE: GuideSection = {
  title: undefined,
  titleLine: "",
  place: "epilogue",
  lines: [{ kind: "text", line: MORE_LINE, place: "epilogue", text: MORE_LINE, about: "" }],
  blankBefore: [],
  blankAfter: [""],
};
