// Reads the templates that projects are made from. sdk/templates/README.md says what a template is made of; everything here
// comes with the program, so nothing of it is doubted.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { packageRoot } from "../base/package-root.ts";
import type { ProjectKind } from "../projects/project.ts";

export interface Template {
  /** By the path in the project, where variables are not yet replaced. */
  readonly files: ReadonlyMap<string, TemplateFile>;
  /** Copied as they are, by the path in the project. */
  readonly vendored: ReadonlyMap<string, TemplateFile>;
  /** Values of variables that the name does not give. */
  readonly texts: ReadonlyMap<string, string>;
  /** Programs without which the project is not built or not tested. */
  readonly toolchain: readonly string[];
  /** Names that do not work in this language. */
  readonly reserved: readonly string[];
}

export interface TemplateFile {
  readonly from: string;
  readonly isExecutable: boolean;
}

interface TemplateJson {
  readonly files?: readonly { readonly from: string; readonly to: string }[];
  readonly toolchain?: readonly string[];
  readonly reserved?: readonly string[];
  readonly texts?: Readonly<Record<string, string | readonly string[]>>;
}

const TEMPLATE_FILE = "template.json";
const ENDING = /\.template$/;

/** What building and testing leave in a folder that is copied whole. */
const MADE_BY_BUILDS: ReadonlySet<string> = new Set([
  ...["target", "build", "dist", "node_modules", "zig-out", ".zig-cache", "zig-cache", ".build", "__pycache__"],
  ...["Cargo.lock", ".DS_Store"],
]);

/** What `common` and the language's own folder have together; the language's word counts. */
export function readTemplate(
  kind: ProjectKind,
  language: string,
  templates = join(packageRoot(), "sdk/templates"),
): Template {
  const folders = ["common", language].map((name) => join(templates, kind, name));
  const parts = folders.map((folder) => ({ folder, json: readJson(folder) }));
  return {
    files: new Map(parts.flatMap(({ folder }) => ownFiles(folder))),
    vendored: new Map(parts.flatMap(({ folder, json }) => vendoredFiles(folder, json))),
    texts: new Map(parts.flatMap(({ json }) => textsOf(json))),
    toolchain: parts.flatMap(({ json }) => json.toolchain ?? []),
    reserved: parts.flatMap(({ json }) => json.reserved ?? []),
  };
}

function readJson(folder: string): TemplateJson {
  return JSON.parse(readFileSync(join(folder, TEMPLATE_FILE), "utf8"));
}

function ownFiles(folder: string): [string, TemplateFile][] {
  return filesBelow(folder)
    .map((path): [string, TemplateFile] => [relative(folder, path), fileAt(path)])
    .filter(([path]) => path !== TEMPLATE_FILE)
    .map(([path, file]) => [path.replace(ENDING, ""), file]);
}

function vendoredFiles(folder: string, { files = [] }: TemplateJson): [string, TemplateFile][] {
  return files.flatMap(({ from, to }) => {
    const source = resolve(folder, from);
    if (!statSync(source).isDirectory()) return [[to, fileAt(source)] as [string, TemplateFile]];
    return filesBelow(source).map((path): [string, TemplateFile] => [
      join(to, relative(source, path)).replace(ENDING, ""),
      fileAt(path),
    ]);
  });
}

function textsOf({ texts = {} }: TemplateJson): [string, string][] {
  return Object.entries(texts).map(([name, text]) => [name, typeof text === "string" ? text : text.join("\n")]);
}

/** In a fixed order, so that the same template makes the same project everywhere. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isMadeByBuild(relative(folder, path)))
    .sort();
}

function isMadeByBuild(path: string): boolean {
  for (let part = path; part !== "."; part = dirname(part)) {
    const name = part.slice(part.lastIndexOf("/") + 1);
    if (MADE_BY_BUILDS.has(name)) return true;
  }
  return false;
}

function fileAt(path: string): TemplateFile {
  return { from: path, isExecutable: (statSync(path).mode & 0o100) !== 0 };
}
