// How help is to look on a screen, as the configuration says.

import type { Border } from "./look.ts";

/** From nothing but how to call a command to everything. */
export const HELP_LEVELS = ["none", "tiny", "normal", "verbose"] as const;
export type HelpLevel = (typeof HELP_LEVELS)[number];

type Frame = "none" | "top" | "bottom" | "top-bottom" | "square" | "round";

export interface GuideStyle {
  readonly level: HelpLevel;
  /** Lines around sections. */
  readonly frame: Frame;
  /** Whether the line between two sections is that of both. */
  readonly sharesRules: boolean;
  /** A border makes tables of the lists. */
  readonly tableBorder: Border;
  /** Columns before an entry, and between its name and its text; undefined: as it was written. */
  readonly entryIndent: number | undefined;
  readonly entryGap: number | undefined;
  /** Empty lines between sections; undefined: as many as were written. */
  readonly sectionSpacing: number | undefined;
}

/** Everything as it was written. */
export const WRITTEN_STYLE: GuideStyle = {
  level: "verbose",
  frame: "none",
  sharesRules: true,
  tableBorder: "none",
  entryIndent: undefined,
  entryGap: undefined,
  sectionSpacing: undefined,
};
