// `osaurus tools dev` and `osp plugins dev`: builds a project and has it serve, again after each change.

import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { type Paths, resolvePaths } from "../base/paths.ts";
import { findProject, type Project, readProject } from "../projects/project.ts";
import { EXIT, HostError, toHostError } from "../protocol/errors.ts";
import { jsonLine, jsonText } from "../terminal/json-text.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { DevLoopOptions, FinishedRound } from "../workshop/dev-loop.ts";
import type { DevTarget } from "../workshop/dev-round.ts";
import { rowsOfHost } from "./catch-up.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { type CalledBuild, callBuild } from "./dev-call.ts";
import { builtRow, failedRow, printBuilt, printFailed, printWhere } from "./dev-report.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { argumentsText } from "./tools-call.ts";
import { withHost } from "./with-host.ts";

export const toolsDev: Command = {
  usage: "[DIR] [--once] [--call TOOL [--args JSON]] | --stop [DIR | PLUGIN_ID]",
  about:
    "Builds the plugin project in a folder and has it serve under its id, again after each change, until Ctrl-C. What was " +
    "installed before serves again then.",
  options: {
    once: {
      type: "boolean",
      about: "build and load once; the build serves until --stop, an installation or a rollback",
    },
    call: {
      type: "string",
      value: "TOOL",
      about: "call this tool of each build, instead of the one in the project's file",
    },
    args: { type: "string", value: "JSON", about: 'its arguments as a JSON object; "-" reads them from stdin' },
    stop: { type: "boolean", about: "take away a build that serves; what was installed before serves again" },
  },
  positionals: { min: 0, max: 1 },
  runsOn: ({ options }) => options["once"] !== true && options["stop"] !== true,
  async run(input) {
    const { io, options } = input;
    const settings = await input.settings();
    checkOptions(input);
    const paths = resolvePaths({ env: io.env, platform: process.platform });
    const { lockDev } = await import("../workshop/dev-lock.ts");
    const { devFolder, hasProcessBuild } = await import("../host/dev-link.ts");
    const isProcess = (pluginId: string) => hasProcessBuild(paths, pluginId);
    const project = options["stop"] === true ? stoppedProject(input, isProcess) : projectIn(input);
    const unlock = await lockDev(devFolder(paths), project, { evenIfFull: options["stop"] === true });
    try {
      if (options["stop"] === true) return await stop(input, settings, paths, project);
      return await work(input, settings, paths, project as Project);
    } finally {
      unlock();
    }
  },
};

async function work(input: CommandInput, settings: Settings, paths: Paths, project: Project): Promise<number> {
  const { io } = input;
  const isOnce = input.options["once"] === true;
  const named = textOption(input, "call");
  const args = named === undefined ? undefined : await argumentsText(input);
  const target = await targetOf(input, paths, project.kind);
  const { lockPathOf } = await import("../workshop/dev-lock.ts");
  const { noteBuild } = await import("../workshop/left-build.ts");
  const { devFolder } = await import("../host/dev-link.ts");
  const lockPath = lockPathOf(devFolder(paths), project);
  let called: CalledBuild | undefined;
  const loop: DevLoopOptions = {
    project,
    target,
    env: io.env,
    ownFolders: [paths.data, paths.config].filter((path) => existsSync(path)).map((path) => realpathSync(path)),
    signal: io.signal,
    async tryOut({ call, pluginId }) {
      const wanted =
        named === undefined
          ? call && { tool: call.tool, args: JSON.stringify(call.args) }
          : { tool: named, args: args! };
      called = wanted && (await callBuild(input, pluginId, wanted));
    },
    onRound: (finished) => report(input, settings, project.pluginId, finished, called, isOnce),
    onStarted: (groupId) => noteBuild(lockPath, groupId),
    onSlow: () => void (settings.json || io.stderr.write("building…\n")),
    onWarning: (text) => notify(io, settings, "warning", text),
  };
  const { develop, developOnce } = await import("../workshop/dev-loop.ts");
  if (isOnce) {
    await developOnce(loop).catch((error: unknown) => {
      if (!settings.json && error instanceof HostError) printWhere(io, error);
      throw error;
    });
    return called?.exitCode ?? EXIT.done;
  }
  if (!settings.json)
    io.stderr.write(`${harmlessLines(`works on ${project.pluginId} in ${project.folder}; Ctrl-C ends it`)}\n`);
  // Nothing else runs any more when a second signal ends the process at once.
  const atExit = () => sayItStays(input, settings, project.pluginId);
  process.once("exit", atExit);
  try {
    await develop(loop);
  } finally {
    // Whatever ended the work, a signal among it: what was there before serves again.
    await end(input, settings, paths, project)
      .catch((error: unknown) => {
        sayItStays(input, settings, project.pluginId, toHostError(error));
        throw error;
      })
      .finally(() => process.off("exit", atExit));
  }
  return isCtrlC(io.signal) ? EXIT.interrupted : EXIT.done;
}

/** A build that could not be taken away is not forgotten. */
function sayItStays({ io }: CommandInput, settings: Settings, pluginId: string, error?: HostError): void {
  const why = error === undefined ? "" : `: ${neutralise(error.message)} [${error.code}]`;
  const way = `"osaurus tools dev --stop ${neutralise(pluginId)}" takes it away`;
  notify(io, settings, "warning", `the build may still serve, ${way}${why}`);
}

/** Whoever starts the loop and ends it by SIGTERM had what was wanted. */
function isCtrlC({ reason }: AbortSignal): boolean {
  return reason instanceof HostError && reason.details?.["signal"] === "SIGINT";
}

function report(
  input: CommandInput,
  settings: Settings,
  pluginId: string,
  finished: FinishedRound,
  called: CalledBuild | undefined,
  isOnce: boolean,
): void {
  const { io } = input;
  if (settings.json) {
    const row = finished.state === "serving" ? builtRow(finished, called) : failedRow(finished, pluginId);
    const document = parseOrderedJson(JSON.stringify(row));
    io.stdout.write(isOnce ? jsonText(document) : jsonLine(document));
  } else if (finished.state === "serving") printBuilt(io, finished, called);
  else printFailed(io, finished.error);
  if (finished.state === "serving" && finished.isFirst) {
    for (const text of finished.round.notes) notify(io, settings, "info", text);
  }
}

async function stop(
  input: CommandInput,
  settings: Settings,
  paths: Paths,
  project: Pick<Project, "kind" | "pluginId">,
): Promise<number> {
  const ended = await end(input, settings, paths, project, true);
  if (ended === undefined) {
    throw new HostError("plugin_unknown", `no build of "${project.pluginId}" serves`, {
      hint: '"osaurus tools list" has what is installed',
    });
  }
  const row = rowOf({ plugin_id: project.pluginId, ended: ended.from, version: ended.to ?? null });
  if (settings.json) await showRows(input, settings, [row], { single: true });
  return EXIT.done;
}

/** Works also when the user has interrupted everything else. */
async function end(
  input: CommandInput,
  settings: Settings,
  paths: Paths,
  { kind, pluginId }: Pick<Project, "kind" | "pluginId">,
  isAsked = false,
) {
  const io = { ...input.io, signal: new AbortController().signal };
  const target = await targetOf({ ...input, io }, paths, kind);
  const ended = await target.end({ pluginId });
  if (ended === undefined || (settings.json && !isAsked)) return ended;
  const now = ended.to === undefined ? "nothing of it is installed any more" : `${ended.to} is in use again`;
  notify(io, settings, "info", `${pluginId} ${ended.from} is gone; ${now}`);
  return ended;
}

async function targetOf(input: CommandInput, paths: Paths, kind: Project["kind"]): Promise<DevTarget> {
  const { io, flags } = input;
  if (kind === "process") {
    const { processTarget } = await import("../workshop/dev-process.ts");
    return processTarget({ paths, env: io.env });
  }
  const { nativeTarget } = await import("../workshop/dev-native.ts");
  return nativeTarget({
    paths,
    withHost: (use) => withHost(io, flags, use),
    hostCatchesUp: async (pluginId) => (await rowsOfHost({ ...input, io })).find((row) => row.plugin_id === pluginId),
  });
}

function checkOptions({ options }: CommandInput): void {
  const given = ["once", "call", "args"].find((name) => options[name] !== undefined);
  if (options["stop"] === true && given !== undefined) {
    throw new HostError("usage_invalid", `--stop takes nothing but a folder or an id, and not --${given}`);
  }
  if (options["args"] !== undefined && options["call"] === undefined) {
    throw new HostError("usage_invalid", "--args is for a tool: name it with --call");
  }
}

/** An id is enough: the folder may be gone. */
function stoppedProject(
  { io, positionals }: CommandInput,
  isProcess: (pluginId: string) => boolean,
): Pick<Project, "kind" | "pluginId"> {
  const [given = "."] = positionals;
  const folder = resolve(io.cwd, given);
  const project = existsSync(folder) ? findProject(folder) : undefined;
  if (project !== undefined) return project;
  if (positionals.length === 0 || given.includes("/")) return readProject(folder);
  return { kind: isProcess(given) ? "process" : "native", pluginId: given };
}

function projectIn({ io, positionals }: CommandInput): Project {
  const [given = "."] = positionals;
  const folder = resolve(io.cwd, given);
  // Links are not followed while it is watched.
  if (existsSync(folder)) return readProject(realpathSync(folder));
  throw new HostError("project_unknown", `there is no folder ${folder}`, {
    hint: 'name the folder of a plugin\'s sources, not its id; "osaurus tools reload ID" loads an installed plugin afresh',
    details: { folder },
  });
}
