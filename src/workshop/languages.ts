// The languages that there are templates for: a folder each in sdk/templates.

import type { ProjectKind } from "../projects/project.ts";

/** In the order in which people are told of them. */
export const LANGUAGES: Readonly<Record<ProjectKind, readonly string[]>> = {
  native: ["c", "cpp", "rust", "go", "swift", "zig"],
  process: ["typescript", "python", "bash", "rust"],
};

/** What a project is written in when nobody says. Native: Swift, as in "Osaurus: Plugin FAQ". */
export const LANGUAGE_DEFAULT: Readonly<Record<ProjectKind, string>> = { native: "swift", process: "python" };
