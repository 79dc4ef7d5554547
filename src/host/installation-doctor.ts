// Looks for problems with an installation: programs that are not built, folders that others may read, keys that cannot be
// opened, what was put aside. Makes and changes nothing, and reports a folder that is broken in any way instead of failing.

import { accessSync, constants, lstatSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import { readQuarantine } from "../plugins/native/quarantine.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { toHostError } from "../protocol/errors.ts";
import { DISK_FREE_BYTES_MIN, INSIGHTS_BYTES_MAX } from "../protocol/limits.ts";
import { controlDbPath } from "../store/control-db.ts";
import { examineControlDb } from "../store/examine-control-db.ts";
import { damagedDatabases, databasePlaces } from "./database-places.ts";
import { examineKeys } from "./examine-keys.ts";
import type { Finding, InstallationCode, InstallationFinding, InstallationOptions } from "./installation-finding.ts";
import { insightsPath } from "./stores.ts";

const NODE_MAJOR_MIN = 24;
const MIB = 1024 * 1024;

export async function examineInstallation(options: InstallationOptions): Promise<InstallationFinding[]> {
  const { data } = options.paths;
  const checks: [label: string, check: () => Finding[] | Promise<Finding[]>][] = [
    ["Node.js", () => [nodeFinding(options.nodeVersion ?? process.versions.node)]],
    ["runner", () => [programFinding(options.runnerPath, "osprey-runner", "runner")]],
    ["checked runner", () => [checkedRunnerFinding(options.checkedRunnerPath)]],
    ["database program", () => [programFinding(options.databaseProgram, "osprey-database", "database_program")]],
    ["data folder", () => folderFindings(data)],
    ["data keys", async () => await examineKeys(options)],
    ["control database", async () => [await controlDbFinding(data)]],
    ["databases", () => databaseFindings(options.paths)],
    ["quarantine", () => [quarantineFinding(toolsFolder(options.paths))]],
    ["Insights", () => insightsFindings(insightsPath(options.paths))],
    ["disk", () => diskFindings(data)],
  ];
  const findings: InstallationFinding[] = [];
  for (const [label, check] of checks) {
    try {
      for (const finding of await check()) findings.push({ label, ...finding });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const detail = code === undefined ? toHostError(error).message : `it cannot be examined: ${code}`;
      findings.push({ label, code: "not_examined", status: "fail", detail });
    }
  }
  return findings;
}

function nodeFinding(version: string): Finding {
  const isNewEnough = Number.parseInt(version, 10) >= NODE_MAJOR_MIN;
  return isNewEnough
    ? { code: "node_version", status: "ok", detail: version }
    : {
        code: "node_version",
        status: "fail",
        detail: `${version} is too old`,
        hint: `Osprey needs version ${NODE_MAJOR_MIN} or newer: run "make setup"`,
      };
}

function programFinding(path: string | undefined, name: string, code: InstallationCode): Finding {
  const program = path ?? join(packageRoot(), "build/native", name);
  try {
    accessSync(program, constants.X_OK);
    if (statSync(program).isFile()) return { code, status: "ok", detail: program };
  } catch {
    // Told below.
  }
  return { code, status: "fail", detail: `it is not built: ${program}`, hint: 'run "make setup"' };
}

/** Only authors need it: nothing that is installed runs in it. */
function checkedRunnerFinding(path: string | undefined): Finding {
  const found = programFinding(path, "osprey-runner-checked", "checked_runner");
  if (found.status === "ok") return found;
  return { ...found, status: "warn", detail: `${found.detail}; "osaurus tools test" needs it` };
}

function folderFindings(path: string): Finding[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    return [{ code: "data_folder", status: "ok", detail: `${path} is made when something is kept` }];
  }
  if (!stat.isDirectory()) {
    const hint = "move what is there away, or set OSAURUS_HOME";
    return [{ code: "data_folder", status: "fail", detail: `${path} is no folder`, hint }];
  }
  const secrets = join(path, "Secrets");
  return [ownFinding(path), writableFinding(path), ...(exists(secrets) ? [privateFinding(secrets)] : [])];
}

function ownFinding(path: string): Finding {
  const { uid, mode } = statSync(path);
  const code = "data_folder_owner";
  if (uid !== process.getuid?.() && process.getuid?.() !== 0) {
    const hint = "run Osprey as the user that the folder belongs to, or set OSAURUS_HOME";
    return { code, status: "fail", detail: `${path} belongs to another user (${uid})`, hint };
  }
  if ((mode & 0o022) !== 0) {
    const hint = `run: chmod go-w "${path}"`;
    return { code, status: "fail", detail: `others may write to ${path}`, hint };
  }
  if ((mode & 0o055) !== 0) {
    const hint = `run: chmod go= "${path}"`;
    return { code, status: "warn", detail: `others may look into ${path}`, hint };
  }
  return { code, status: "ok", detail: path };
}

function writableFinding(path: string): Finding {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return { code: "data_folder_writable", status: "ok", detail: "it can be written to" };
  } catch (error) {
    const detail = `nothing can be written to ${path}: ${(error as NodeJS.ErrnoException).code}`;
    return { code: "data_folder_writable", status: "fail", detail, hint: "look at the folder's owner and mode" };
  }
}

function privateFinding(path: string): Finding {
  const isPrivate = (lstatSync(path).mode & 0o077) === 0;
  return isPrivate
    ? { code: "secrets_private", status: "ok", detail: `nobody else may look into ${path}` }
    : {
        code: "secrets_private",
        status: "fail",
        detail: `others may look into ${path}`,
        hint: `run: chmod -R go= "${path}"`,
      };
}

/** Without it there are no agents, sessions, access keys and decisions: whoever needs one of them fails. */
async function controlDbFinding(data: string): Promise<Finding> {
  const code = "control_database";
  const path = controlDbPath(data);
  try {
    const state = await examineControlDb(path);
    if (state === undefined) return { code, status: "ok", detail: "nothing is kept in it yet" };
    const how = state.isChecked ? "it is whole" : "it can be opened, and is too large to be read through";
    return { code, status: "ok", detail: `${inMib(state.bytes)}: ${how}` };
  } catch (error) {
    const { message, hint } = toHostError(error);
    return { code, status: "fail", detail: message, ...(hint === undefined ? {} : { hint }) };
  }
}

function databaseFindings(paths: Pick<Paths, "data">): Finding[] {
  const damaged = databasePlaces(paths).flatMap(damagedDatabases);
  if (damaged.length === 0) return [{ code: "databases_damaged", status: "ok", detail: "none was put aside" }];
  return damaged.map((path) => ({
    code: "databases_damaged",
    status: "warn",
    detail: `a database was damaged and put aside: ${path}`,
    hint: "its plugin began with an empty one; remove the file when nothing of it is needed",
  }));
}

function quarantineFinding(tools: string): Finding {
  const ids = readQuarantine(tools).map(({ id }) => id);
  if (ids.length === 0) return { code: "quarantine", status: "ok", detail: "no plugin is quarantined" };
  return {
    code: "quarantine",
    status: "warn",
    detail: `left alone after a crash: ${ids.join(", ")}`,
    hint: '"osaurus tools logs ID" says why, "osaurus tools retry ID" loads it again',
  };
}

function insightsFindings(path: string): Finding[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [{ code: "insights_size", status: "ok", detail: "nothing is recorded yet" }];
  if (!stat.isFile()) {
    return [{ code: "insights_size", status: "fail", detail: `${path} is no file`, hint: "move it away" }];
  }
  const bytes = stat.size + (lstatSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  const detail = `${inMib(bytes)} of at most ${inMib(INSIGHTS_BYTES_MAX)}`;
  // What is written in one go comes on top before the oldest rows go.
  if (bytes <= 2 * INSIGHTS_BYTES_MAX) return [{ code: "insights_size", status: "ok", detail }];
  const hint = `remove ${path} while no host runs: it is made again`;
  return [{ code: "insights_size", status: "warn", detail, hint }];
}

function diskFindings(data: string): Finding[] {
  if (!exists(data)) return [];
  const { bavail, bsize } = statfsSync(data);
  return [diskFinding(bavail * bsize)];
}

export function diskFinding(bytesFree: number): Finding {
  const detail = `${inMib(bytesFree)} are free`;
  if (bytesFree >= DISK_FREE_BYTES_MIN) return { code: "disk_free", status: "ok", detail };
  return { code: "disk_free", status: "warn", detail, hint: "plugins cannot keep data when the disk is full" };
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function inMib(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}
