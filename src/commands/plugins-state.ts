// `osp plugins enable|disable|clear-state|select-provider|clear-provider`: what the user decided about a command, kept in
// config.toml. The decisions are about commands, not plugins.

import type { Config, ConfigScope } from "../config/config.ts";
import { changeConfig } from "../config/write-config.ts";
import type { ProcessHost } from "../host/process-host.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { Command, CommandInput } from "./command.ts";
import { requireFiles, SCOPE_OPTIONS, scopeOf, scopeText } from "./config-scope.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import { readConfig, type Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";

interface Decision {
  readonly action: string;
  readonly about: string;
  readonly key: "state" | "provider";
  readonly takesPlugin?: true;
  /** What is written; undefined removes it. */
  value(pluginId: string): string | undefined;
  /** Refuses what makes no sense. */
  check?(host: ProcessHost, command: string, pluginId: string): Promise<void>;
  done(command: string, pluginId: string): string;
  /** For a removal: that there was nothing to remove. */
  nothing?(command: string): string;
}

export const pluginsEnable = decide({
  action: "enable",
  about: "Switches a command on.",
  key: "state",
  value: () => "enabled",
  check: mustBeOffered,
  done: (command) => `"${command}" is enabled`,
});

export const pluginsDisable = decide({
  action: "disable",
  about: "Switches a command off.",
  key: "state",
  value: () => "disabled",
  check: mustBeOffered,
  done: (command) => `"${command}" is disabled`,
});

export const pluginsClearState = decide({
  action: "clear-state",
  about: "Forgets that a command was switched on or off: its plugin's own default counts again.",
  key: "state",
  value: () => undefined,
  done: (command) => `"${command}" is as its plugin has it by default`,
  nothing: (command) => `"${command}" was neither enabled nor disabled`,
});

export const pluginsSelectProvider = decide({
  action: "select-provider",
  about: "Chooses the plugin that serves a command which several offer.",
  key: "provider",
  takesPlugin: true,
  value: (pluginId) => pluginId,
  check: async (host, command, pluginId) => void (await host.provider(command, { override: pluginId })),
  done: (command, pluginId) => `"${command}" is served by "${pluginId}"`,
});

export const pluginsClearProvider = decide({
  action: "clear-provider",
  about: "Forgets which plugin was chosen to serve a command.",
  key: "provider",
  value: () => undefined,
  done: (command) => `no plugin is chosen for "${command}" any more`,
  nothing: (command) => `no plugin was chosen for "${command}"`,
});

function decide(decision: Decision): Command {
  const count = decision.takesPlugin ? 2 : 1;
  return {
    usage: `COMMAND${decision.takesPlugin ? " PLUGIN_ID" : ""} [--profile NAME | --global] [--terminal [KIND]]`,
    about: decision.about,
    options: SCOPE_OPTIONS,
    positionals: { min: count, max: count },
    run: (input) => carryOut(decision, input),
  };
}

async function carryOut(decision: Decision, input: CommandInput): Promise<number> {
  const { io, flags } = input;
  const settings = await input.settings();
  const { config } = settings;
  requireFiles(input);
  const command = commandName(input.positionals[0]!);
  const pluginId = (input.positionals[1] ?? "").trim();
  const host = await openProcessHost(io, { config, ...flags });
  await decision.check?.(host, command, pluginId);
  const scope = scopeOf(input, config);
  const key = `plugins.${command}.${decision.key}`;
  const value = decision.value(pluginId);
  const { changed } = await changeConfig({
    path: config.files.config,
    isSecret: false,
    edits: [{ scope, key, value }],
    dryRun: false,
  });
  const found = !(value === undefined && !changed);
  say(input, settings, { decision, command, pluginId, found, changed, scope: scopeText(scope) });
  if (isActive(scope, config)) await warnIfOverruled(input, settings, key, value);
  return EXIT.done;
}

interface Outcome {
  readonly decision: Decision;
  readonly command: string;
  readonly pluginId: string;
  readonly found: boolean;
  readonly changed: boolean;
  readonly scope: string;
}

function say(input: CommandInput, settings: Settings, outcome: Outcome): void {
  const { decision, command, pluginId, found, changed, scope } = outcome;
  const { action } = decision;
  if (settings.json) {
    const provider = decision.takesPlugin ? pluginId : undefined;
    void showRows(input, settings, [rowOf({ command, action, provider, scope, changed })], { single: true });
  } else if (found) {
    notify(input.io, settings, "success", `${decision.done(command, pluginId)} (${scope})`);
  } else {
    notify(input.io, settings, "warning", `${decision.nothing!(command)} (${scope})`);
  }
}

/** Whether what stands there counts for a command line like this one. */
function isActive({ profile, terminal }: ConfigScope, config: Config): boolean {
  return (profile === null || profile === config.profile) && (terminal === null || terminal === config.terminal);
}

/** What was written may not be what counts: another layer or a narrower scope may say otherwise. */
async function warnIfOverruled(
  { io, flags }: CommandInput,
  settings: Settings,
  key: string,
  value: string | undefined,
): Promise<void> {
  const entry = (await readConfig({ io, flags, quiet: true })).find(key);
  if (entry === undefined || entry.resolved === value) return;
  const where = entry.origin === null ? entry.source : `${entry.source}, ${entry.origin}`;
  notify(io, settings, "warning", `${key} is still "${String(entry.resolved)}" (${where})`);
}

async function mustBeOffered(host: ProcessHost, command: string): Promise<void> {
  if (await offers(host, command, {})) return;
  if (await offers(host, command, { active: true })) return;
  // Throws what is to be said of a command that nobody offers.
  await host.provider(command, {});
  throw new HostError("command_unknown", `no plugin offers "${command}"`);
}

async function offers(host: ProcessHost, command: string, how: { active?: boolean }): Promise<boolean> {
  const plugins = await host.discover(how);
  return plugins.some((plugin) => plugin.healthy && plugin.commands.some(({ name }) => name === command));
}

function commandName(typed: string): string {
  const name = typed.trim().toLowerCase();
  if (/^[a-z0-9_-]+$/.test(name)) return name;
  throw new HostError("usage_invalid", `"${typed}" is no name of a command`, {
    hint: 'run "osp plugins commands" to see all of them',
  });
}
