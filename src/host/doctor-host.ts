// The doctor as the command asks for it: works out what is meant, and examines it.

import { existsSync, lstatSync, readdirSync } from "node:fs";
import { access } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { builtProgram } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import type { CheckRunnerOptions } from "../plugins/native/check-runner.ts";
import { examineInstalled, examineLibrary } from "../plugins/native/doctor.ts";
import { type Finding, failed, finding } from "../plugins/native/doctor-finding.ts";
import { namesIn } from "../plugins/native/installed.ts";
import { isPluginId } from "../plugins/native/package-identity.ts";
import { builtLibrary } from "../plugins/native/project-package.ts";
import { DATA_FOLDER, toolsFolder } from "../plugins/native/tools-folder.ts";
import { findProject, NATIVE_PROJECT_FILE, type Project } from "../projects/project.ts";
import { HostError, toHostError } from "../protocol/errors.ts";

export interface DoctorHostOptions {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly runnerPath?: string;
  readonly signal: AbortSignal;
}

export interface PluginFinding extends Finding {
  /** Nothing for a library that is not installed. */
  readonly pluginId: string | undefined;
}

export interface DoctorHost {
  /**
   * Examines an installed plugin, a library, a project, or everything that is installed. Throws `plugin_unknown`,
   * `library_unknown` and `runner_missing`.
   *
   * @param target an id or a path; `all` for all installed plugins; nothing for the project in the current folder, or all
   *   where there is none.
   */
  examine(target: string | undefined): Promise<PluginFinding[]>;
}

export function openDoctorHost(options: DoctorHostOptions): DoctorHost {
  return { examine: (target) => examine(options, target) };
}

async function examine(options: DoctorHostOptions, given: string | undefined): Promise<PluginFinding[]> {
  const target = given ?? (isProject(options.cwd) ? "." : "all");
  const { cwd, env, signal, paths } = options;
  const tools = toolsFolder(paths);
  const runnerPath = options.runnerPath ?? builtProgram("osprey-runner");
  const check = { runnerPath, env, cwd, signal };
  const scratch = join(paths.data, "run");
  const installed = (await namesIn(tools)).filter((name) => isPluginFolder(tools, name));
  const isAll = target === "all" && !installed.includes("all");
  if (!isAll && !installed.includes(target)) {
    const library = findLibrary(cwd, target, installed);
    await needRunner(runnerPath);
    if (isProject(library)) return await examineProject(library, check);
    return (await examineLibrary(library, check)).map((one) => ({ pluginId: undefined, ...one }));
  }
  await needRunner(runnerPath);
  const findings: PluginFinding[] = [];
  for (const pluginId of isAll ? installed : [target]) {
    if (signal.aborted) break;
    findings.push(
      ...(await examineInstalled({ tools, scratch }, pluginId, check)).map((one) => ({ pluginId, ...one })),
    );
  }
  return findings;
}

function isProject(folder: string): boolean {
  return existsSync(join(folder, NATIVE_PROJECT_FILE));
}

/** What the project says of itself, and the library that it makes. */
async function examineProject(folder: string, check: CheckRunnerOptions): Promise<PluginFinding[]> {
  let project: Project | undefined;
  try {
    project = findProject(folder);
  } catch (error) {
    return [{ pluginId: undefined, ...failed("project_file", toHostError(error)) }];
  }
  if (project === undefined) {
    const hint = `name it there: "dev":{"build":"make build","library":"build/NAME"}`;
    return [
      {
        pluginId: undefined,
        ...finding("project_file", "fail", `${NATIVE_PROJECT_FILE} does not say what is built`, hint),
      },
    ];
  }
  const { pluginId, version, output, build } = project;
  const findings = [finding("project_file", "ok", `${pluginId} ${version}`)];
  if (!existsSync(output)) {
    const hint = build === undefined ? "build it" : `run "${build}" in ${folder}`;
    findings.push(finding("build_output", "fail", `there is no ${relative(folder, output)}`, hint));
  } else {
    const library = libraryOf(project);
    if (library instanceof HostError) findings.push(failed("build_output", library));
    else
      findings.push(finding("build_output", "ok", relative(folder, output)), ...(await examineLibrary(library, check)));
  }
  return findings.map((one) => ({ pluginId, ...one }));
}

/** The file that whoever builds, tests, packs or installs the project takes, or why they do not. */
function libraryOf(project: Project): string | HostError {
  try {
    return builtLibrary(project).path;
  } catch (error) {
    return toHostError(error);
  }
}

/** A folder in which an uninstalled plugin's data was kept is no plugin. */
function isPluginFolder(tools: string, name: string): boolean {
  if (!isPluginId(name) || !lstatSync(join(tools, name), { throwIfNoEntry: false })?.isDirectory()) return false;
  return readdirSync(join(tools, name)).some((inside) => inside !== DATA_FOLDER);
}

function findLibrary(cwd: string, target: string, installed: readonly string[]): string {
  const path = resolve(cwd, target);
  const looksLikePath = target.includes("/") || /\.(so|dylib)$/.test(target);
  if (existsSync(path) && (looksLikePath || !isPluginId(target) || lstatSync(path).isFile())) return path;
  if (looksLikePath) {
    throw new HostError("library_unknown", `there is no library at ${path}`, { hint: "check the path" });
  }
  throw new HostError("plugin_unknown", `no plugin "${target}" is installed`, {
    hint: installed.length > 0 ? `installed: ${installed.join(", ")}` : "give the path of a library to examine that",
  });
}

async function needRunner(path: string): Promise<void> {
  await access(path).catch(() => {
    throw new HostError("runner_missing", `the runner is not built: ${path}`, { hint: 'run "make setup"' });
  });
}
