// The keys that the configuration knows: type, default, what is allowed, where a key may stand. Below `extensions.`,
// `alias.` and `plugins.<command>.` users make up keys of their own.

import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import {
  PROCESS_STDOUT_BYTES_CHOICE_MAX,
  PROCESS_VALUES_CHOICE_MAX,
  TASKS_RUNNING_DEFAULT,
  TASKS_RUNNING_MAX,
  TASKS_RUNNING_PER_AGENT_DEFAULT,
  TIMEOUT_SECONDS_MAX,
} from "../protocol/limits.ts";
import type { ConfigValue, TerminalKind } from "./config.ts";

/** `any`: a key of the user's own, whose values are taken as they stand. */
type KeyType = "string" | "bool" | "int" | "positive int" | "list" | "any";

/** What a computed default may depend on. */
export interface DefaultFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
  readonly terminal: TerminalKind;
  readonly profile: string;
  /** The text that another key has. */
  text(key: string): string | undefined;
}

export interface KeySpec {
  readonly type: KeyType;
  /** One line for people. */
  readonly about: string;
  readonly default?: ConfigValue | ((facts: DefaultFacts) => ConfigValue | undefined);
  /** The words that are allowed, in lower case. */
  readonly allowed?: readonly string[];
  /** Other spellings of allowed words. */
  readonly sameAs?: Readonly<Record<string, string>>;
  readonly max?: number;
  /** Where alone the key may be set; it may be set anywhere when this is absent. */
  readonly scope?: "global" | "no profile";
  /** Read before the profile is known. */
  readonly isBootstrap?: true;
  readonly isReadOnly?: true;
  readonly isNotBlank?: true;
  /** `${...}` is text like any other. */
  readonly isTemplate?: true;
}

const WHEN = ["auto", "always", "never"];
const LEVELS = ["error", "warning", "success", "info", "trace"];
const PLUGIN_TIMEOUT: KeySpec = {
  type: "positive int",
  about: "Milliseconds that a plugin may take to describe itself, and to run a command.",
  max: TIMEOUT_SECONDS_MAX * 1000,
};
const PLUGIN_STDOUT: KeySpec = {
  type: "positive int",
  about: "Bytes that a plugin may answer with.",
  max: PROCESS_STDOUT_BYTES_CHOICE_MAX,
};
const PLUGIN_VALUES: KeySpec = {
  type: "positive int",
  about: "Values that a plugin may answer with; each row, and each member of a row, is one.",
  max: PROCESS_VALUES_CHOICE_MAX,
};
const PLUGIN_TOOL_POLICY: KeySpec = {
  type: "string",
  about: "Whether models and other programs may call the plugins' commands unasked.",
  allowed: ["auto", "ask", "deny"],
};
const COUNT_MAX = 1_000_000;

const SCHEMA: ReadonlyMap<string, KeySpec> = new Map(
  Object.entries<KeySpec>({
    "profile.default": {
      type: "string",
      about: "The profile that is active when a command line names none.",
      default: "default",
      scope: "no profile",
      isBootstrap: true,
      isNotBlank: true,
    },
    "profile.active": { type: "string", about: "The active profile.", isReadOnly: true },
    "secrets.backend": {
      type: "string",
      about: "Where secrets are kept: a file, or the keyring of the operating system.",
      default: "toml",
      allowed: ["toml", "keyring"],
      scope: "global",
      isBootstrap: true,
    },
    "theme.name": { type: "string", about: "The colours.", default: "rose-pine-moon", isNotBlank: true },
    "theme.path": {
      type: "list",
      about: "Folders with themes of your own.",
      default: ({ paths }) => [join(paths.config, "themes")],
    },
    "user.name": { type: "string", about: "Who you are, in prompts and the history.", default: userName },
    "user.display_name": { type: "string", about: "How you are called in greetings." },
    "user.full_name": { type: "string", about: "Your whole name." },
    domain: { type: "string", about: "The domain of this computer.", default: domainName },
    "base.dir": { type: "string", about: "A folder that other values may refer to." },

    "ui.format": {
      type: "string",
      about: "How results are printed when no flag says it.",
      allowed: ["auto", "guide", "json", "table", "md", "mreg", "value"],
      sameAs: { markdown: "md" },
    },
    "ui.mode": {
      type: "string",
      about: "Whether output may use colours and line characters.",
      default: "auto",
      allowed: ["auto", "plain", "rich"],
    },
    "ui.presentation": {
      type: "string",
      about: "A set of defaults for how things look.",
      default: "expressive",
      allowed: ["expressive", "compact", "austere"],
    },
    "ui.pager": {
      type: "string",
      about: "Whether output that is longer than the screen opens in a pager.",
      default: "auto",
      allowed: ["auto", "never"],
    },
    "ui.color.mode": { type: "string", about: "When output is coloured.", default: "auto", allowed: WHEN },
    "ui.unicode.mode": {
      type: "string",
      about: "When output uses characters beyond ASCII for lines and marks.",
      default: "auto",
      allowed: WHEN,
    },
    "ui.width": {
      type: "positive int",
      about: "Columns that output may take; 72 means what the terminal has.",
      default: 72,
      max: 100_000,
    },
    "ui.margin": {
      type: "int",
      about: "Columns left empty before output.",
      default: ({ terminal }) => (terminal === "repl" ? 2 : 0),
      max: 1000,
    },
    "ui.indent": { type: "positive int", about: "Columns that nested values are moved by.", default: 2, max: 1000 },
    "ui.medium_list_max": {
      type: "positive int",
      about: "Longer lists are printed as a grid.",
      default: 5,
      max: COUNT_MAX,
    },
    "ui.help.level": {
      type: "string",
      about: "How much a help page tells.",
      default: "inherit",
      allowed: ["inherit", "none", "tiny", "normal", "verbose"],
    },
    "ui.help.table_chrome": {
      type: "string",
      about: "Borders of tables in help pages.",
      default: "none",
      allowed: ["inherit", "none", "square", "round"],
    },
    "ui.help.entry_indent": helpSpace("Columns before an entry of a help page."),
    "ui.help.entry_gap": helpSpace("Columns between the name and the text of an entry."),
    "ui.help.section_spacing": helpSpace("Empty lines between the sections of a help page."),
    "ui.guide.default_format": {
      type: "string",
      about: "How guides are printed when no flag says it.",
      default: "guide",
      allowed: ["guide", "inherit", "none"],
    },
    "ui.messages.layout": {
      type: "string",
      about: "How messages are laid out.",
      default: "minimal",
      allowed: ["full", "compact", "austere", "plain", "none", "grouped", "minimal"],
    },
    "ui.message.verbosity": {
      type: "string",
      about: "The least important messages that are shown.",
      default: "info",
      allowed: LEVELS,
      sameAs: { warn: "warning" },
    },
    "ui.chrome.frame": {
      type: "string",
      about: "Lines around sections.",
      default: "top",
      allowed: ["none", "top", "bottom", "top-bottom", "square", "round"],
    },
    "ui.chrome.rule_policy": {
      type: "string",
      about: "Whether neighbouring sections share their lines.",
      default: "shared",
      allowed: ["per-section", "independent", "separate", "shared", "stacked", "list"],
    },
    "ui.table.border": {
      type: "string",
      about: "Borders of tables.",
      default: "square",
      allowed: ["none", "square", "round"],
    },
    "ui.table.overflow": {
      type: "string",
      about: "What happens to cells that are wider than their column.",
      default: "wrap",
      allowed: ["wrap", "clip", "hidden", "crop", "ellipsis", "truncate", "none", "visible"],
    },
    "ui.prompt": { type: "string", about: "How questions are asked." },
    "ui.prompt.secrets": { type: "bool", about: "Whether secrets may be asked for." },

    "extensions.plugins.timeout_ms": { ...PLUGIN_TIMEOUT, default: 10_000 },
    "extensions.plugins.stdout_bytes_max": { ...PLUGIN_STDOUT, default: 64 * 1024 * 1024 },
    "extensions.plugins.values_max": { ...PLUGIN_VALUES, default: 2_000_000 },
    "extensions.plugins.tool_policy": { ...PLUGIN_TOOL_POLICY, default: "auto" },
    "extensions.plugins.discovery.path": {
      type: "bool",
      about: "Whether plugins are also looked for in PATH.",
      default: false,
    },
    "extensions.tasks.max_running": {
      type: "positive int",
      about: "Tasks that run at once.",
      default: TASKS_RUNNING_DEFAULT,
      max: TASKS_RUNNING_MAX,
    },
    "extensions.tasks.max_running_per_agent": {
      type: "positive int",
      about: "Tasks of one agent that run at once.",
      default: TASKS_RUNNING_PER_AGENT_DEFAULT,
      max: TASKS_RUNNING_MAX,
    },

    "repl.prompt": {
      type: "string",
      about: "The prompt of the REPL.",
      default: "╭─{user}@{domain} {indicator}\\n╰─{profile}> ",
    },
    "repl.prompt_right": { type: "string", about: "What stands at the right end of the prompt's line." },
    "repl.exit_message": { type: "string", about: "What the REPL says at its end.", default: "" },
    "repl.input_mode": {
      type: "string",
      about: "How lines are read.",
      default: "auto",
      allowed: ["auto", "interactive", "basic"],
    },
    "repl.simple_prompt": { type: "bool", about: "A prompt of one line.", default: false },
    "repl.shell_indicator": { type: "string", about: "How the prompt shows an entered command.", default: "[{shell}]" },
    "repl.shellable_commands": { type: "list", about: "Commands that the REPL can enter.", default: [] },
    "repl.intro": {
      type: "string",
      about: "What the REPL says at its start.",
      default: "full",
      allowed: ["none", "minimal", "compact", "full"],
    },
    "repl.intro_template.minimal": { type: "string", about: "The text of the minimal intro." },
    "repl.intro_template.compact": { type: "string", about: "The text of the compact intro." },
    "repl.intro_template.full": { type: "string", about: "The text of the full intro." },
    "repl.history.enabled": { type: "bool", about: "Whether lines are kept.", default: true },
    "repl.history.dedupe": { type: "bool", about: "Whether a repeated line is kept once.", default: true },
    "repl.history.profile_scoped": {
      type: "bool",
      about: "Whether only lines of the active profile are offered.",
      default: true,
    },
    "repl.history.path": { type: "string", about: "The file that lines are kept in.", default: historyPath },
    "repl.history.max_entries": {
      type: "positive int",
      about: "How many lines are kept.",
      default: 1000,
      max: COUNT_MAX,
    },
    "repl.history.menu_rows": {
      type: "positive int",
      about: "Rows of the menu of earlier lines.",
      default: 5,
      max: 1000,
    },
    "repl.history.exclude": { type: "list", about: "Lines that are not kept; * stands for any text.", default: [] },
    "session.cache.max_results": {
      type: "positive int",
      about: "How many results a session keeps.",
      default: 64,
      max: COUNT_MAX,
    },
    "auth.visible.builtins": { type: "string", about: "The built-in commands that are shown; all when not set." },
    "auth.visible.plugins": { type: "string", about: "The plugins' commands that are shown; all when not set." },
    "debug.level": { type: "int", about: "How much is told about what the program does, 0 to 3.", default: 0, max: 3 },
    "log.file.enabled": { type: "bool", about: "Whether a log is written.", default: false },
    "log.file.path": {
      type: "string",
      about: "The file of the log.",
      default: ({ paths }) => join(paths.state, "osp.log"),
    },
    "log.file.level": {
      type: "string",
      about: "The least important lines of the log.",
      default: "warn",
      allowed: ["error", "warn", "info", "debug", "trace"],
    },
  }),
);

/** All keys with a fixed name. */
export function schemaKeys(): readonly string[] {
  return [...SCHEMA.keys()];
}

/** What is known of a key; undefined when nobody may set it. Letter case does not matter. */
export function keySpec(key: string): KeySpec | undefined {
  const name = key.toLowerCase();
  const spec = SCHEMA.get(name);
  if (spec !== undefined) return spec;
  if (/^alias\../.test(name)) {
    return { type: "string", about: "A command line that this word stands for.", isTemplate: true };
  }
  if (/^plugins\.[^.]+\.state$/.test(name)) return { type: "string", about: "Whether this command is enabled." };
  if (/^plugins\.[^.]+\.provider$/.test(name)) {
    return { type: "string", about: "The plugin that serves this command." };
  }
  if (!/^extensions\../.test(name)) return undefined;
  return pluginLimit(name) ?? { type: "any", about: "A value of your own, for plugins." };
}

/** `extensions.plugins.<id>.timeout_ms` and its like; what stands below `env` belongs to plugins, whatever it is called. */
function pluginLimit(name: string): KeySpec | undefined {
  const [, id, limit] =
    /^extensions\.plugins\.(.+)\.(timeout_ms|stdout_bytes_max|values_max|tool_policy)$/.exec(name) ?? [];
  if (id === undefined || limit === undefined || `.${id}.`.includes(".env.")) return undefined;
  const limits: Readonly<Record<string, KeySpec>> = {
    timeout_ms: PLUGIN_TIMEOUT,
    stdout_bytes_max: PLUGIN_STDOUT,
    values_max: PLUGIN_VALUES,
    tool_policy: PLUGIN_TOOL_POLICY,
  };
  return limits[limit];
}

function helpSpace(about: string): KeySpec {
  return {
    type: "string",
    about: `${about} A number, or inherit.`,
    default: "inherit",
    allowed: ["inherit", "<number>"],
  };
}

function userName({ env }: DefaultFacts): string {
  return [env["USER"], env["USERNAME"]].find((name) => name?.trim()) ?? "anonymous";
}

function domainName({ env }: DefaultFacts): string {
  const host = [env["HOSTNAME"], env["COMPUTERNAME"]].find((name) => name?.trim()) ?? "";
  const dot = host.indexOf(".");
  return (dot === -1 ? "" : host.slice(dot + 1)) || "local";
}

function historyPath({ paths, profile, text }: DefaultFacts): string {
  return join(paths.state, "history", `${filePart(text("user.name") ?? "")}@${filePart(profile)}.history`);
}

/** Two of these, four bytes a character, are a file's name on any system. */
const FILE_PART_CHARS_MAX = 30;

function filePart(name: string): string {
  return [...name.replaceAll(/[/\\\u0000-\u001f\u007f]/g, "_").toWellFormed()].slice(0, FILE_PART_CHARS_MAX).join("");
}
