// Makes the project of a new plugin: names it, fills in the template of its language, and puts it into place in one step.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nearest } from "../base/nearest.ts";
import { packageRoot } from "../base/package-root.ts";
import type { ProjectKind } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { type Fill, fillWith } from "./fill-template.ts";
import { LANGUAGE_DEFAULT, LANGUAGES } from "./languages.ts";
import { LOCAL_MAKE_FILE, localMake } from "./local-make.ts";
import { type NameRules, projectNames } from "./project-names.ts";
import { publishFolder, refuseExisting } from "./publish-folder.ts";
import { readTemplate, type Template, type TemplateFile } from "./read-template.ts";
import { type MissingTool, missingTools } from "./toolchains.ts";

export interface NewProject {
  readonly kind: ProjectKind;
  readonly name: string;
  /** Without it, the usual one. */
  readonly language?: string | undefined;
  /** The plugin's id, where the author has one already. */
  readonly id?: string | undefined;
  /** The folder that the project's folder is made in. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Words that cannot be a plugin's command. */
  readonly commandWords?: ReadonlySet<string>;
}

export interface CreatedProject {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly pluginId: string;
  readonly language: string;
  /** Relative to it. */
  readonly files: readonly string[];
  readonly toolchain: readonly string[];
  readonly missing: readonly MissingTool[];
}

/**
 * Makes `name` in `folder`. Throws `usage_invalid` for a name or a language that cannot be, and `project_exists` when
 * something of that name is there; then nothing was written. Whenever it is cut off, there is a whole project or none.
 */
export function createProject(wanted: NewProject): CreatedProject {
  const { kind, folder, env } = wanted;
  const language = knownLanguage(kind, wanted.language ?? LANGUAGE_DEFAULT[kind]);
  const template = readTemplate(kind, language);
  const names = projectNames(wanted.name, nameRules(wanted, language, template));
  const path = join(folder, names.name);
  refuseExisting(path);
  const fill = fillWith(names, template.texts);
  const files = publishFolder(path, (beside) => [
    ...writeFiles(beside, template, fill),
    ...(kind === "native" ? [writeLocalMake(beside)] : []),
  ]);
  return {
    name: names.name,
    path,
    pluginId: names.pluginId,
    language,
    files: files.sort(),
    toolchain: template.toolchain,
    missing: missingTools(template.toolchain, env),
  };
}

function knownLanguage(kind: ProjectKind, language: string): string {
  const known = LANGUAGES[kind];
  if (known.includes(language)) return language;
  throw new HostError("usage_invalid", `there is no template for ${kind} plugins in "${language}"`, {
    hint: [...likelyMeant(kind, language), `known: ${known.join(", ")}`].join("; "),
    details: { known },
  });
}

/** The nearest language of either kind, in words; nothing when none is near. */
function likelyMeant(kind: ProjectKind, language: string): string[] {
  const otherKind = kind === "native" ? "process" : "native";
  const close = nearest(language, [...LANGUAGES[kind], ...LANGUAGES[otherKind]]);
  if (close === undefined) return [];
  if (LANGUAGES[kind].includes(close)) return [`did you mean "${close}"?`];
  const command = kind === "native" ? "osp plugins create" : "osaurus tools create";
  return [`${close} is for ${otherKind} plugins: "${command}"`];
}

function nameRules(
  { kind, id, commandWords = new Set() }: NewProject,
  language: string,
  template: Template,
): NameRules {
  const called = template.texts.get("language") ?? language;
  return {
    idPrefix: kind === "native" ? "dev.example." : "",
    id,
    reserved: new Map([
      ...template.reserved.map((word): [string, string] => [
        word,
        `a word that ${called} or its tools keep for themselves`,
      ]),
      ...[...commandWords].map((word): [string, string] => [word, "a word that osp keeps for its own commands"]),
    ]),
  };
}

function writeFiles(folder: string, { files, vendored }: Template, fill: Fill): string[] {
  const own = [...files].map(([path, { from, isExecutable }]) => {
    const name = fill(path);
    const to = placeFor(folder, name);
    writeFileSync(to, fill(readFileSync(from, "utf8")), { mode: modeOf({ from, isExecutable }), flag: "wx" });
    return name;
  });
  const others = [...vendored].map(([name, file]) => {
    const to = placeFor(folder, name);
    writeFileSync(to, readFileSync(file.from), { mode: modeOf(file), flag: "wx" });
    return name;
  });
  return [...own, ...others];
}

function placeFor(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

function modeOf({ isExecutable }: TemplateFile): number {
  return isExecutable ? 0o777 : 0o666;
}

function writeLocalMake(folder: string): string {
  writeFileSync(join(folder, LOCAL_MAKE_FILE), localMake(join(packageRoot(), "bin/osaurus")));
  return LOCAL_MAKE_FILE;
}
