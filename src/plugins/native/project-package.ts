// What of a plugin's project folder is packed or installed: the plugin that its file names, and the library that its build
// makes, which need not lie at the root.

import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { findProject, NATIVE_PROJECT_FILE, type Project, readProject } from "../../projects/project.ts";
import { HostError, toHostError } from "../../protocol/errors.ts";
import type { PackageIdentity, PackageSource } from "./package-source.ts";

/**
 * The plugin that a folder is the project of, and its library. Throws `project_unknown`, `project_invalid`, and
 * `library_unknown` when it is not built.
 */
export function projectToPack(folder: string): { readonly identity: PackageIdentity; readonly library: string } {
  if (findProject(folder) === undefined && existsSync(join(folder, NATIVE_PROJECT_FILE))) {
    const problem = `${join(folder, NATIVE_PROJECT_FILE)} does not name the library: it has no "library" in "dev"`;
    throw new HostError("project_invalid", problem, { hint: "add it, or name plugin, version and library yourself" });
  }
  const project = readProject(folder);
  if (project.kind === "process") {
    throw new HostError(
      "usage_invalid",
      `"${project.pluginId}" is a process plugin, which needs no package of this kind`,
      {
        hint: "docs/packaging-process-plugins.md says how they are passed on",
      },
    );
  }
  if (!existsSync(project.output)) throw notBuilt(project);
  return { identity: { pluginId: project.pluginId, version: project.version }, library: project.output };
}

/** The built library of a project; nothing when the folder is no native project, or its library lies at the root anyway. */
export function builtLibrary(folder: string): PackageSource["library"] {
  const project = projectOf(folder);
  if (project?.kind !== "native" || relative(folder, project.output) === basename(project.output)) return undefined;
  if (statSync(project.output, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  // Builds make links in their own folder; one that leads out of it would install something else of this machine.
  const path = realpathSync(project.output);
  if (path.startsWith(`${realpathSync(folder)}${sep}`)) return { path, name: basename(project.output) };
  throw new HostError("package_invalid", `${project.output} is a link that leads out of the project`, {
    hint: "build the library into the project's own folder",
  });
}

/** What to do in a folder that has no library: the project's own build, where there is one. */
export function buildHint(folder: string): string | undefined {
  const project = projectOf(folder);
  if (project?.kind === "process")
    return `"${project.pluginId}" is a process plugin; those are not installed as packages`;
  return project && buildText(project);
}

/** A project file that is not usable is none: packages may say in another file what they are. */
function projectOf(folder: string): Project | undefined {
  try {
    return findProject(folder);
  } catch (error) {
    if (toHostError(error).code === "project_invalid") return undefined;
    throw error;
  }
}

function notBuilt(project: Project): HostError {
  return new HostError("library_unknown", `there is no library at ${project.output}`, {
    hint: buildText(project),
    details: { library: project.output },
  });
}

function buildText({ build }: Project): string {
  return build === undefined ? "build the plugin first" : `build it first: ${build}`;
}
