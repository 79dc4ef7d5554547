// `osp plugins doctor`: everything that is wrong with process plugins, a row each. Asks all of them anew, because what was
// kept of earlier is no diagnosis.

import { JsonNumber } from "../base/ordered-json.ts";
import { parseVersion } from "../base/semver.ts";
import { shellWord } from "../base/shell-word.ts";
import type { Config } from "../config/config.ts";
import { pluginVariables } from "../config/plugin-variables.ts";
import type { ProcessHost } from "../host/process-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import { BUILT_IN_WORDS } from "./built-in-words.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import { rowOf, showRows } from "./show-rows.ts";

const COLUMNS = ["kind", "plugin_id", "command", "issue", "path"];

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
        return rowOf({ kind, plugin_id: pluginId, path, issue: text });
      }),
      ...commandProblems(commands),
      ...variableProblems(settings.config, plugins),
    ];
    const conflicts = commands.filter(({ requiresSelection }) => requiresSelection).length;
    const broken = plugins.filter(({ healthy, state }) => !healthy && state !== "passive").length;
    const summary = rowOf({
      kind: "summary",
      plugins: count(plugins.length),
      broken_enabled: count(broken),
      conflicts: count(conflicts),
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

function pluginProblems(plugins: Plugins): Row[] {
  return plugins.flatMap(({ pluginId, path, source, issue, state, version }) => {
    const about = { plugin_id: pluginId, path, source };
    if (issue !== null && state !== "passive") return [rowOf({ kind: "plugin", ...about, issue })];
    if (version === null || parseVersion(version) !== undefined) return [];
    return [rowOf({ kind: "version", ...about, issue: `plugin_version "${version}" is not a semantic version` })];
  });
}

function commandProblems(commands: Commands): Row[] {
  return commands.flatMap(({ name, providers, provider, requiresSelection, warnings }) => {
    const ids = providers.filter(({ isOn }) => isOn).map(({ pluginId }) => pluginId);
    const rows: Row[] = warnings.map((issue) => rowOf({ kind: "provider", command: name, issue }));
    if (requiresSelection) {
      const issue = `offered by ${ids.join(", ")}: osp plugins select-provider ${name} ID`;
      rows.push(rowOf({ kind: "conflict", command: name, providers: ids, issue }));
    }
    if (BUILT_IN_WORDS.has(name)) {
      const id = provider?.pluginId ?? ids[0] ?? null;
      const issue = `hidden by the built-in command; osp ${name} --plugin-provider ${shellWord(id ?? "ID")} reaches it`;
      rows.push(rowOf({ kind: "hidden", plugin_id: id, command: name, issue }));
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
        return rowOf({ kind: "variable", plugin_id: pluginId, path, issue });
      }),
    );
}

function count(number: number): JsonNumber {
  return new JsonNumber(String(number));
}
