// What of a plugin's project folder is packed or installed: the plugin that its file names, and the library that its build
// makes, which need not lie at the root.

import { existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { findProject, NATIVE_PROJECT_FILE, type Project, readProject } from "../../projects/project.ts";
import { HostError, toHostError } from "../../protocol/errors.ts";
import type { PackageIdentity, PackageSource } from "./package-source.ts";

type Library = NonNullable<PackageSource["library"]>;

/**
 * The plugin that a folder is the project of, and its library. Throws `project_unknown`, `project_invalid`, and what
 * `builtLibrary` throws.
 */
export function projectToPack(folder: string): { readonly identity: PackageIdentity; readonly library: Library } {
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
  return { identity: { pluginId: project.pluginId, version: project.version }, library: builtLibrary(project) };
}

/**
 * The library that a project's build made: its name, and the file itself, which is no link. Throws `library_unknown` when
 * there is none, or what lies there is no file, and `package_invalid` for a link that leads out of the project.
 */
export function builtLibrary(project: Pick<Project, "folder" | "output" | "build">): Library {
  const { folder, output } = project;
  if (!existsSync(output)) throw notBuilt(project);
  // Whoever copies a pipe waits for ever.
  if (!statSync(output).isFile()) {
    throw noLibrary(output, `${output} is no file`, "let the build write the library there, or name another one");
  }
  // Builds make links in their own folder; one that leads out of it would install something else of this machine.
  const path = realpathSync(output);
  if (!path.startsWith(`${realpathSync(folder)}${sep}`)) {
    throw new HostError("package_invalid", `${output} is a link that leads out of the project`, {
      hint: "build the library into the project's own folder",
    });
  }
  return { path: lstatSync(output).isSymbolicLink() ? path : output, name: basename(output) };
}

/** What is installed of a project's folder; nothing when it is none of a native plugin, or a package like any other. */
export function libraryToInstall(folder: string): Library | undefined {
  const project = projectOf(folder);
  if (project?.kind !== "native") return undefined;
  const found = lstatSync(project.output, { throwIfNoEntry: false });
  const isAtRoot = relative(folder, project.output) === basename(project.output);
  if (found === undefined || (isAtRoot && found.isFile())) return undefined;
  return builtLibrary(project);
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

function notBuilt(project: Pick<Project, "output" | "build">): HostError {
  return noLibrary(project.output, `there is no library at ${project.output}`, buildText(project));
}

function noLibrary(library: string, message: string, hint: string): HostError {
  return new HostError("library_unknown", message, { hint, details: { library } });
}

function buildText({ build }: Pick<Project, "build">): string {
  return build === undefined ? "build the plugin first" : `build it first: ${build}`;
}
