// The command tree: which words lead to which file. A command's module is loaded only when it runs or its help is asked.

import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly words: readonly string[];
  readonly about: string;
  load(): Promise<Command>;
}

const plugins = () => import("./plugins-state.ts");
const config = () => import("./config-write.ts");

export const COMMANDS: readonly CommandEntry[] = [
  {
    words: ["plugins", "list"],
    about: "list process plugins and what is wrong with them",
    load: async () => (await import("./plugins-list.ts")).pluginsList,
  },
  {
    words: ["plugins", "commands"],
    about: "list the commands that process plugins offer",
    load: async () => (await import("./plugins-commands.ts")).pluginsCommands,
  },
  {
    words: ["plugins", "doctor"],
    about: "look for problems with process plugins",
    load: async () => (await import("./plugins-doctor.ts")).pluginsDoctor,
  },
  {
    words: ["plugins", "refresh"],
    about: "ask all process plugins again what they offer",
    load: async () => (await import("./plugins-refresh.ts")).pluginsRefresh,
  },
  { words: ["plugins", "enable"], about: "switch a command on", load: async () => (await plugins()).pluginsEnable },
  { words: ["plugins", "disable"], about: "switch a command off", load: async () => (await plugins()).pluginsDisable },
  {
    words: ["plugins", "clear-state"],
    about: "forget that a command was switched on or off",
    load: async () => (await plugins()).pluginsClearState,
  },
  {
    words: ["plugins", "select-provider"],
    about: "choose the plugin that serves a command",
    load: async () => (await plugins()).pluginsSelectProvider,
  },
  {
    words: ["plugins", "clear-provider"],
    about: "forget which plugin was chosen",
    load: async () => (await plugins()).pluginsClearProvider,
  },
  {
    words: ["plugins", "config"],
    about: "show the variables that the configuration gives to a plugin",
    load: async () => (await import("./plugins-config.ts")).pluginsConfig,
  },
  {
    words: ["config", "show"],
    about: "show the configuration",
    load: async () => (await import("./config-read.ts")).configShow,
  },
  {
    words: ["config", "get"],
    about: "show one value",
    load: async () => (await import("./config-read.ts")).configGet,
  },
  {
    words: ["config", "explain"],
    about: "show where a value comes from",
    load: async () => (await import("./config-explain.ts")).configExplain,
  },
  { words: ["config", "set"], about: "change a value", load: async () => (await config()).configSet },
  { words: ["config", "unset"], about: "remove a value", load: async () => (await config()).configUnset },
  {
    words: ["config", "diagnostics"],
    about: "look for problems with the configuration",
    load: async () => (await import("./config-diagnostics.ts")).configDiagnostics,
  },
  {
    words: ["config", "doctor"],
    about: "the same as diagnostics",
    load: async () => (await import("./config-diagnostics.ts")).configDiagnostics,
  },
  {
    words: ["tools", "list"],
    about: "list installed native plugins and their tools",
    load: async () => (await import("./tools-list.ts")).toolsList,
  },
  {
    words: ["tools", "call"],
    about: "call one tool of a native plugin",
    load: async () => (await import("./tools-call.ts")).toolsCall,
  },
  {
    words: ["manifest", "extract"],
    about: "print the manifest inside a library",
    load: async () => (await import("./manifest-extract.ts")).manifestExtract,
  },
];

/** The longest command that the words begin with; nothing when no command matches. */
export function findCommand(words: readonly string[]): CommandEntry | undefined {
  return COMMANDS.filter((entry) => entry.words.every((word, index) => words[index] === word)).sort(
    (a, b) => b.words.length - a.words.length,
  )[0];
}
