// Builds of process plugins as `tools dev` has them serve: a copy of the project, so that what the author is just writing
// disturbs no call, described first, and then found by a link among the user's plugins, which is replaced in one step.
//
//   <data>/run/dev/<id>/<n>/             the copies, the newest few of them
//   <data>/run/dev/<id>/found-by         which link the plugin is found by
//   <config>/plugins/osp-<name>          that link

import { randomUUID } from "node:crypto";
import { lstatSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { isDiskFull } from "../base/is-disk-full.ts";
import { makeFolder } from "../base/make-folder.ts";
import type { Paths } from "../base/paths.ts";
import { devFolder, foundByPath } from "../host/dev-link.ts";
import { installFailure } from "../plugins/native/install-failure.ts";
import { describePlugin } from "../plugins/process/describe.ts";
import type { Environment } from "../plugins/process/run-process.ts";
import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { DEV_COPIES_MAX } from "../protocol/limits.ts";
import { copyProject } from "./copy-project.ts";
import type { DevTarget, EndedBuild, ServedBuild } from "./dev-round.ts";

export interface ProcessDevDeps {
  readonly paths: Paths;
  readonly env: Environment;
}

/** What is taken for a plugin is named like this. */
const PLUGIN_FILE = /^osp-[a-z0-9-]+$/;

export function processTarget(deps: ProcessDevDeps): DevTarget {
  return {
    serve: async (project, signal) => {
      try {
        return await serve(deps, project, signal);
      } catch (error) {
        throw isDiskFull(error) ? installFailure(error) : error;
      }
    },
    end: async ({ pluginId }) => {
      try {
        return end(deps, pluginId);
      } catch (error) {
        throw installFailure(error);
      }
    },
  };
}

async function serve({ paths, env }: ProcessDevDeps, project: Project, signal: AbortSignal): Promise<ServedBuild> {
  const { pluginId, folder, output } = project;
  const link = linkOf(paths, output);
  const copies = join(devFolder(paths), pluginId);
  refuseForeign(link, copies);
  makeFolder(copies);
  const copy = join(copies, nextNumber(copies));
  try {
    await copyProject(folder, copy, { output, signal });
    const path = join(copy, relative(folder, output));
    const { description, error } = await describePlugin({ path, env, cwd: folder, signal });
    if (error !== null) throw error;
    const { plugin_id: found, plugin_version: version, commands } = description!;
    if (found !== pluginId) throw otherId(found, pluginId);
    const before = linkAt(foundByPath(paths, pluginId));
    if (before !== undefined && before !== link) removeLink(before, copies);
    replaceLink(link, foundByPath(paths, pluginId));
    makeFolder(join(paths.config, "plugins"));
    replaceLink(path, link);
    removeOld(copies);
    const isOther = version !== project.version;
    const notes = isOther ? [`it says that it is version ${version}, the project's file says ${project.version}`] : [];
    return { version, tools: commands.map(({ name }) => name), notes };
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw error;
  }
}

function end({ paths }: ProcessDevDeps, pluginId: string): EndedBuild | undefined {
  const copies = join(devFolder(paths), pluginId);
  const link = linkAt(foundByPath(paths, pluginId));
  const target = link === undefined ? undefined : linkAt(link);
  if (link !== undefined) removeLink(link, copies);
  rmSync(copies, { recursive: true, force: true });
  if (target === undefined || !isOurs(target, copies)) return undefined;
  return { from: basename(link!), to: undefined };
}

function linkOf(paths: Paths, output: string): string {
  const name = basename(output);
  if (PLUGIN_FILE.test(name)) return join(paths.config, "plugins", name);
  throw new HostError("project_invalid", `"${name}" is no name of a plugin's executable`, {
    hint: 'it has to be "osp-" and then small letters, digits and "-"; correct "dev"."executable"',
  });
}

/** Only what this program put there is replaced. */
function refuseForeign(link: string, copies: string): void {
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) return;
  const target = linkAt(link);
  if (target !== undefined && isOurs(target, copies)) return;
  throw new HostError("project_exists", `there is a plugin ${link} already, which "tools dev" did not put there`, {
    hint: "move it away while you work on the plugin, or give the executable another name",
    details: { path: link },
  });
}

function isOurs(target: string, copies: string): boolean {
  return target.startsWith(join(copies, "/"));
}

function removeLink(link: string, copies: string): void {
  const target = linkAt(link);
  if (target !== undefined && isOurs(target, copies)) rmSync(link, { force: true });
}

function replaceLink(target: string, path: string): void {
  const temporary = `${path}.${randomUUID()}`;
  try {
    symlinkSync(target, temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function numbersIn(copies: string): number[] {
  const numbers = readdirSync(copies).filter((name) => /^\d{1,15}$/.test(name));
  return numbers.map(Number).sort((a, b) => a - b);
}

function nextNumber(copies: string): string {
  return String((numbersIn(copies).at(-1) ?? 0) + 1);
}

/** Calls that run still read the copies that they began with. */
function removeOld(copies: string): void {
  for (const number of numbersIn(copies).slice(0, -DEV_COPIES_MAX)) {
    rmSync(join(copies, String(number)), { recursive: true, force: true });
  }
}

function otherId(found: string, expected: string): HostError {
  return new HostError("plugin_id_mismatch", `the plugin says that it is "${found}", the project is "${expected}"`, {
    hint: "let plugin_id in the description and in osp-plugin.json be the same",
    details: { found, expected },
  });
}
