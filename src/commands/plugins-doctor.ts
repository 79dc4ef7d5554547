// `osp plugins doctor`: everything that is wrong with process plugins, a row each. Asks all of them anew, because what was
// kept of earlier is no diagnosis.

import { dirname } from "node:path";
import { JsonNumber } from "../base/ordered-json.ts";
import { parseVersion } from "../base/semver.ts";
import { shellWord } from "../base/shell-word.ts";
import type { Config } from "../config/config.ts";
import { pluginVariables } from "../config/plugin-variables.ts";
import type { ProcessHost } from "../host/process-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import { aliasNames } from "./alias-list.ts";
import { BUILT_IN_WORDS } from "./built-in-words.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import { rowOf, showRows } from "./show-rows.ts";

const COLUMNS = ["kind", "plugin_id", "command", "issue", "path", "hint"];

/**
 * What can be wrong, by code; a plugin that cannot be described has the code of its error (docs/errors.md). The codes are
 * stable, and docs/doctor.md has all of them.
 */
export const PROCESS_FINDINGS = {
  summary: "summary",
  plugin_shadowed: "plugin",
  version_odd: "version",
  bundle_invalid: "bundle_invalid",
  bundle_missing: "bundle_missing",
  not_a_plugin: "not_a_plugin",
  provider_gone: "provider",
  command_conflict: "conflict",
  command_hidden: "hidden",
  variable_clash: "variable",
} as const;

export const pluginsDoctor: Command = {
  usage: "[--strict]",
  about: "Asks every process plugin anew and lists what is wrong, a row for each problem.",
  positionals: { min: 0, max: 0 },
  options: { strict: { type: "boolean", about: "exit with 1 when there is a problem" } },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const host = await openProcessHost(io, { config: settings.config, ...flags });
    const plugins = await host.discover({ fresh: true });
    const commands = await host.commands();
    const problems = [
      ...pluginProblems(plugins),
      ...(await host.problems()).map(({ kind, path, pluginId, text }) => {
        return problemRow(kind, { plugin_id: pluginId, path, issue: text }, discoveryHint(kind, path, text));
      }),
      ...commandProblems(commands, new Set(aliasNames(settings.config))),
      ...variableProblems(settings.config, plugins),
    ];
    const conflicts = commands.filter(({ requiresSelection }) => requiresSelection).length;
    const broken = plugins.filter(({ healthy, state }) => !healthy && state !== "passive").length;
    const summary = rowOf({
      kind: "summary",
      code: "summary",
      plugins: count(plugins.length),
      broken_enabled: count(broken),
      conflicts: count(conflicts),
      hint: null,
    });
    const exitCode = problems.length > 0 && input.options["strict"] === true ? EXIT.reportedFailure : EXIT.done;
    const asked = `${plugins.length} ${plugins.length === 1 ? "plugin" : "plugins"} asked`;
    await showRows(input, settings, settings.json ? [summary, ...problems] : problems, { columns: COLUMNS });
    if (settings.json) return exitCode;
    if (problems.length === 0) notify(io, settings, "success", `${asked}, nothing is wrong`);
    else
      notify(io, settings, "warning", `${asked}, ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`);
    return exitCode;
  },
};

type Plugins = Awaited<ReturnType<ProcessHost["discover"]>>;
type Commands = Awaited<ReturnType<ProcessHost["commands"]>>;

function problemRow(code: keyof typeof PROCESS_FINDINGS, about: Parameters<typeof rowOf>[0], hint: string): Row {
  return rowOf({ kind: PROCESS_FINDINGS[code], code, ...about, hint });
}

function pluginProblems(plugins: Plugins): Row[] {
  return plugins.flatMap(({ pluginId, path, source, issue, state, version, error }) => {
    const about = { plugin_id: pluginId, path, source };
    if (issue !== null && error !== null) {
      const hint = error.hint ?? `${shellWord(path)} --describe shows what it says of itself`;
      return [rowOf({ kind: "plugin", code: error.code, ...about, issue, hint })];
    }
    if (issue !== null && state !== "passive") {
      return [
        problemRow("plugin_shadowed", { ...about, issue }, `remove the one that is not wanted: rm ${shellWord(path)}`),
      ];
    }
    if (version === null || parseVersion(version) !== undefined) return [];
    const odd = `plugin_version "${version}" is not a semantic version`;
    return [problemRow("version_odd", { ...about, issue: odd }, "let the plugin give one like 1.0.0")];
  });
}

function discoveryHint(
  code: "bundle_missing" | "bundle_invalid" | "not_a_plugin",
  path: string,
  issue: string,
): string {
  if (code === "bundle_invalid") return `correct ${shellWord(path)}`;
  if (code === "bundle_missing")
    return `install it again, or take it out of manifest.toml in ${shellWord(dirname(path))}`;
  if (issue.includes("chmod")) return `chmod +x ${shellWord(path)}`;
  return `rename it, or move it away: mv ${shellWord(path)} ...`;
}

function commandProblems(commands: Commands, aliases: ReadonlySet<string>): Row[] {
  return commands.flatMap(({ name, providers, provider, requiresSelection, warnings }) => {
    const ids = providers.filter(({ isOn }) => isOn).map(({ pluginId }) => pluginId);
    const choose = `osp plugins select-provider ${name} ${ids.length === 1 ? shellWord(ids[0]!) : "ID"}`;
    const rows = warnings.map((issue) => {
      const clear = /"(osp plugins clear-provider [^"]+)"/.exec(issue)?.[1] ?? choose;
      return problemRow("provider_gone", { command: name, issue }, clear);
    });
    if (requiresSelection) {
      const issue = `offered by ${ids.join(", ")}: osp plugins select-provider ${name} ID`;
      rows.push(problemRow("command_conflict", { command: name, providers: ids, issue }, choose));
    }
    if (BUILT_IN_WORDS.has(name) || aliases.has(name)) {
      const id = provider?.pluginId ?? ids[0] ?? null;
      const reach = `osp ${name} --plugin-provider ${shellWord(id ?? "ID")}`;
      const hider = BUILT_IN_WORDS.has(name) ? "built-in command" : "alias";
      const issue = `hidden by the ${hider}; ${reach} reaches it`;
      rows.push(problemRow("command_hidden", { plugin_id: id, command: name, issue }, reach));
    }
    return rows;
  });
}

function variableProblems(config: Config, plugins: Plugins): Row[] {
  return plugins
    .filter(({ healthy }) => healthy)
    .flatMap(({ pluginId, path }) =>
      pluginVariables(config, pluginId).collisions.map(({ name, keys }) => {
        const issue = `${keys.join(" and ")} both become ${name}, with different values: the plugin is not run`;
        const hint = `give them one value, or remove one: osp config unset ${shellWord(keys[0] ?? "KEY")}`;
        return problemRow("variable_clash", { plugin_id: pluginId, path, issue }, hint);
      }),
    );
}

function count(number: number): JsonNumber {
  return new JsonNumber(String(number));
}
