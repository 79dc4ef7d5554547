// The command tree: which words lead to which file. A command's module is loaded only when it runs or its help is asked.

import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly words: readonly string[];
  readonly about: string;
  load(): Promise<Command>;
}

const plugins = () => import("./plugins-state.ts");
const config = () => import("./config-write.ts");

const ALIASES: readonly CommandEntry[] = [
  {
    words: ["alias", "list"],
    about: "list the words that stand for lines of your own",
    load: async () => (await import("./alias-list.ts")).aliasList,
  },
  {
    words: ["alias", "add"],
    about: "make a word stand for a line",
    load: async () => (await import("./alias-change.ts")).aliasAdd,
  },
  {
    words: ["alias", "remove"],
    about: "forget such a word",
    load: async () => (await import("./alias-change.ts")).aliasRemove,
  },
];

/** Making plugins. */
const WORKSHOP: readonly CommandEntry[] = [
  {
    words: ["tools", "create"],
    about: "make a project for a native plugin",
    load: async () => (await import("./tools-create.ts")).toolsCreate,
  },
  {
    words: ["plugins", "create"],
    about: "make a project for a process plugin",
    load: async () => (await import("./plugins-create.ts")).pluginsCreate,
  },
  {
    words: ["tools", "dev"],
    about: "build a project and load it, again after each change",
    load: async () => (await import("./tools-dev.ts")).toolsDev,
  },
  {
    words: ["plugins", "dev"],
    about: "the same as tools dev",
    load: async () => (await import("./tools-dev.ts")).toolsDev,
  },
  {
    words: ["tools", "test"],
    about: "test a project's plugin in a real host",
    load: async () => (await import("./tools-test.ts")).toolsTest,
  },
];

/** Installing and removing native plugins. */
const TOOLS_STORE: readonly CommandEntry[] = [
  {
    words: ["tools", "package"],
    about: "pack a library into a zip that can be installed",
    load: async () => (await import("./tools-package.ts")).toolsPackage,
  },
  {
    words: ["tools", "install"],
    about: "install a native plugin from a zip, a folder, a URL or a registry",
    load: async () => (await import("./tools-install.ts")).toolsInstall,
  },
  {
    words: ["tools", "uninstall"],
    about: "remove a native plugin",
    load: async () => (await import("./tools-uninstall.ts")).toolsUninstall,
  },
  {
    words: ["tools", "verify"],
    about: "compare installed libraries with their receipts",
    load: async () => (await import("./tools-verify.ts")).toolsVerify,
  },
  {
    words: ["tools", "rollback"],
    about: "go back to the version before",
    load: async () => (await import("./tools-rollback.ts")).toolsRollback,
  },
  {
    words: ["tools", "outdated"],
    about: "list plugins with a newer version in a registry",
    load: async () => (await import("./tools-outdated.ts")).toolsOutdated,
  },
  {
    words: ["tools", "upgrade"],
    about: "install newer versions",
    load: async () => (await import("./tools-upgrade.ts")).toolsUpgrade,
  },
  {
    words: ["tools", "search"],
    about: "look for plugins in the registries",
    load: async () => (await import("./tools-search.ts")).toolsSearch,
  },
];

/** Looking after installed native plugins. */
const TOOLS_CARE: readonly CommandEntry[] = [
  {
    words: ["tools", "doctor"],
    about: "look for problems with native plugins",
    load: async () => (await import("./tools-doctor.ts")).toolsDoctor,
  },
  {
    words: ["tools", "reload"],
    about: "load native plugins afresh",
    load: async () => (await import("./tools-reload.ts")).toolsReload,
  },
  {
    words: ["tools", "retry"],
    about: "try a plugin again that crashed while it was loaded",
    load: async () => (await import("./tools-retry.ts")).toolsRetry,
  },
  {
    words: ["tools", "reset"],
    about: "forget which plugins crashed while they were loaded",
    load: async () => (await import("./tools-reset.ts")).toolsReset,
  },
  {
    words: ["tools", "logs"],
    about: "show what a native plugin logged and printed, and its crashes",
    load: async () => (await import("./tools-logs.ts")).toolsLogs,
  },
];

const PERMISSIONS: readonly CommandEntry[] = [
  {
    words: ["permissions", "list"],
    about: "list what was decided about tools",
    load: async () => (await import("./permissions-list.ts")).permissionsList,
  },
  {
    words: ["permissions", "set"],
    about: "decide whether a tool runs: always, when asked, never",
    load: async () => (await import("./permissions-set.ts")).permissionsSet,
  },
  {
    words: ["permissions", "reset"],
    about: "forget what was decided",
    load: async () => (await import("./permissions-reset.ts")).permissionsReset,
  },
  {
    words: ["permissions", "allow-host"],
    about: "let a plugin reach a host in a private network",
    load: async () => (await import("./permissions-hosts.ts")).permissionsAllowHost,
  },
  {
    words: ["permissions", "revoke-host"],
    about: "take that back",
    load: async () => (await import("./permissions-hosts.ts")).permissionsRevokeHost,
  },
  {
    words: ["approvals", "list"],
    about: "list calls that wait for consent",
    load: async () => (await import("./approvals-list.ts")).approvalsList,
  },
  {
    words: ["approvals", "allow"],
    about: "let a waiting call run",
    load: async () => (await import("./approvals-answer.ts")).approvalsAllow,
  },
  {
    words: ["approvals", "deny"],
    about: "refuse a waiting call",
    load: async () => (await import("./approvals-answer.ts")).approvalsDeny,
  },
];

const REGISTRY: readonly CommandEntry[] = [
  {
    words: ["registry", "list"],
    about: "list the registries that plugins come from",
    load: async () => (await import("./registry-list.ts")).registryList,
  },
  {
    words: ["registry", "add"],
    about: "add a registry: a folder or a URL",
    load: async () => (await import("./registry-change.ts")).registryAdd,
  },
  {
    words: ["registry", "remove"],
    about: "forget a registry",
    load: async () => (await import("./registry-change.ts")).registryRemove,
  },
  {
    words: ["registry", "keygen"],
    about: "make a key that packages are signed with",
    load: async () => (await import("./registry-keygen.ts")).registryKeygen,
  },
  {
    words: ["registry", "publish"],
    about: "put a package into a folder registry",
    load: async () => (await import("./registry-publish.ts")).registryPublish,
  },
  {
    words: ["registry", "validate"],
    about: "check a registry entry, or all of a folder",
    load: async () => (await import("./registry-validate.ts")).registryValidate,
  },
  {
    words: ["registry", "serve"],
    about: "offer a folder registry over HTTP",
    load: async () => (await import("./registry-serve.ts")).registryServe,
  },
];

const SECRETS: readonly CommandEntry[] = [
  {
    words: ["secrets", "list"],
    about: "list the settings and secrets of a native plugin",
    load: async () => (await import("./secrets-list.ts")).secretsList,
  },
  {
    words: ["secrets", "set"],
    about: "keep a setting or a secret for a native plugin",
    load: async () => (await import("./secrets-set.ts")).secretsSet,
  },
  {
    words: ["secrets", "unset"],
    about: "forget a setting or a secret",
    load: async () => (await import("./secrets-unset.ts")).secretsUnset,
  },
  {
    words: ["secrets", "rekey"],
    about: "encrypt everything with a new key, and print a new recovery key",
    load: async () => (await import("./secrets-rekey.ts")).secretsRekey,
  },
  {
    words: ["secrets", "recover"],
    about: "open what is encrypted with the recovery key",
    load: async () => (await import("./secrets-recover.ts")).secretsRecover,
  },
  {
    words: ["secrets", "export"],
    about: "print all settings and secrets as they are, and copy databases out",
    load: async () => (await import("./secrets-export.ts")).secretsExport,
  },
];

const WATCHING: readonly CommandEntry[] = [
  {
    words: ["insights"],
    about: "show what plugins were asked, and what they asked",
    load: async () => (await import("./insights.ts")).insights,
  },
  {
    words: ["doctor"],
    about: "look for problems with this installation",
    load: async () => (await import("./doctor.ts")).doctor,
  },
];

const AGENTS: readonly CommandEntry[] = [
  {
    words: ["agents", "list"],
    about: "list agents",
    load: async () => (await import("./agents-list.ts")).agentsList,
  },
  {
    words: ["agents", "create"],
    about: "make an agent: a name, a model, a prompt, tools",
    load: async () => (await import("./agents-change.ts")).agentsCreate,
  },
  {
    words: ["agents", "show"],
    about: "show one agent",
    load: async () => (await import("./agents-list.ts")).agentsShow,
  },
  {
    words: ["agents", "update"],
    about: "change an agent",
    load: async () => (await import("./agents-change.ts")).agentsUpdate,
  },
  {
    words: ["agents", "delete"],
    about: "delete an agent, its sessions, settings and decisions",
    load: async () => (await import("./agents-delete.ts")).agentsDelete,
  },
  {
    words: ["tasks", "list"],
    about: "list runs of agents that plugins began",
    load: async () => (await import("./tasks-list.ts")).tasksList,
  },
  {
    words: ["tasks", "show"],
    about: "show a task, and what happened in it",
    load: async () => (await import("./tasks-list.ts")).tasksShow,
  },
  {
    words: ["tasks", "follow"],
    about: "watch a task until it is over",
    load: async () => (await import("./tasks-follow.ts")).tasksFollow,
  },
  {
    words: ["tasks", "cancel"],
    about: "end a task",
    load: async () => (await import("./tasks-change.ts")).tasksCancel,
  },
  {
    words: ["tasks", "interrupt"],
    about: "end a task softly, with a last word",
    load: async () => (await import("./tasks-change.ts")).tasksInterrupt,
  },
  {
    words: ["tasks", "answer"],
    about: "answer what a task's agent asked",
    load: async () => (await import("./tasks-change.ts")).tasksAnswer,
  },
  {
    words: ["sessions", "list"],
    about: "list the conversations that are kept",
    load: async () => (await import("./sessions.ts")).sessionsList,
  },
  {
    words: ["sessions", "show"],
    about: "show a conversation",
    load: async () => (await import("./sessions.ts")).sessionsShow,
  },
  {
    words: ["sessions", "delete"],
    about: "delete conversations",
    load: async () => (await import("./sessions.ts")).sessionsDelete,
  },
  {
    words: ["chat"],
    about: "talk to an agent",
    load: async () => (await import("./chat.ts")).chat,
  },
];

const MODELS: readonly CommandEntry[] = [
  {
    words: ["providers", "list"],
    about: "list where models come from",
    load: async () => (await import("./providers-list.ts")).providersList,
  },
  {
    words: ["providers", "add"],
    about: "add a model provider: any OpenAI-compatible server",
    load: async () => (await import("./providers-add.ts")).providersAdd,
  },
  {
    words: ["providers", "test"],
    about: "ask a model provider for its models and for one word",
    load: async () => (await import("./providers-test.ts")).providersTest,
  },
  {
    words: ["providers", "remove"],
    about: "forget a model provider and its key",
    load: async () => (await import("./providers-remove.ts")).providersRemove,
  },
  {
    words: ["models"],
    about: "list the models of all providers",
    load: async () => (await import("./models.ts")).models,
  },
];

const SERVING: readonly CommandEntry[] = [
  {
    words: ["serve"],
    about: "run the host and answer over HTTP",
    load: async () => (await import("./serve.ts")).serve,
  },
  {
    words: ["status"],
    about: "say whether a host runs on this data folder",
    load: async () => (await import("./serve-status.ts")).status,
  },
  {
    words: ["stop"],
    about: "stop the host that runs on this data folder",
    load: async () => (await import("./serve-stop.ts")).stop,
  },
  {
    words: ["open"],
    about: "open a plugin's page in the browser",
    load: async () => (await import("./open.ts")).open,
  },
  {
    words: ["ui"],
    about: "open the dashboard in the browser",
    load: async () => (await import("./ui.ts")).ui,
  },
  {
    words: ["tunnel", "status"],
    about: "say whether agents have public addresses, and which",
    load: async () => (await import("./tunnel-status.ts")).tunnelStatus,
  },
  {
    words: ["tunnel", "connect"],
    about: "give agents public addresses",
    load: async () => (await import("./tunnel-change.ts")).tunnelConnect,
  },
  {
    words: ["tunnel", "disconnect"],
    about: "take them back",
    load: async () => (await import("./tunnel-change.ts")).tunnelDisconnect,
  },
  {
    words: ["relay"],
    about: "run a relay for the tunnels of hosts",
    load: async () => (await import("./relay.ts")).relay,
  },
  {
    words: ["reload"],
    about: "the same as tools reload",
    load: async () => (await import("./tools-reload.ts")).toolsReload,
  },
  {
    words: ["mcp"],
    about: "offer the tools as an MCP server on standard input and output",
    load: async () => (await import("./mcp.ts")).mcp,
  },
  {
    words: ["keys", "create"],
    about: "make an access key; it is shown once",
    load: async () => (await import("./keys-create.ts")).keysCreate,
  },
  {
    words: ["keys", "list"],
    about: "list access keys",
    load: async () => (await import("./keys-list.ts")).keysList,
  },
  {
    words: ["keys", "revoke"],
    about: "make an access key worthless",
    load: async () => (await import("./keys-revoke.ts")).keysRevoke,
  },
];

const THEMES: readonly CommandEntry[] = [
  {
    words: ["theme", "list"],
    about: "list the themes: sets of colours",
    load: async () => (await import("./theme-list.ts")).themeList,
  },
  {
    words: ["theme", "show"],
    about: "show the colours of a theme",
    load: async () => (await import("./theme-show.ts")).themeShow,
  },
  {
    words: ["theme", "use"],
    about: "use a theme from now on",
    load: async () => (await import("./theme-use.ts")).themeUse,
  },
];

const SHELL: readonly CommandEntry[] = [
  {
    words: ["history", "list"],
    about: "list the lines that were typed in the interactive shell",
    load: async () => (await import("./history-list.ts")).historyList,
  },
  {
    words: ["history", "prune"],
    about: "forget all of them but the newest",
    load: async () => (await import("./history-forget.ts")).historyPrune,
  },
  {
    words: ["history", "clear"],
    about: "forget all of them",
    load: async () => (await import("./history-forget.ts")).historyClear,
  },
  {
    words: ["completions"],
    about: "print the script that completes commands in bash, zsh or fish",
    load: async () => (await import("./completions.ts")).completions,
  },
  {
    words: ["intro"],
    about: "show what the interactive shell says at its start",
    load: async () => (await import("./intro.ts")).intro,
  },
];

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
  ...ALIASES,
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
  ...WORKSHOP,
  ...TOOLS_STORE,
  ...TOOLS_CARE,
  ...PERMISSIONS,
  ...REGISTRY,
  ...SECRETS,
  ...WATCHING,
  ...AGENTS,
  ...MODELS,
  ...SERVING,
  ...THEMES,
  ...SHELL,
  {
    words: ["manifest", "extract"],
    about: "print the manifest inside a library",
    load: async () => (await import("./manifest-extract.ts")).manifestExtract,
  },
  {
    words: ["manifest", "validate"],
    about: "check a manifest and name each mistake in it",
    load: async () => (await import("./manifest-validate.ts")).manifestValidate,
  },
];

/** The longest command that the words begin with; nothing when no command matches. */
export function findCommand(words: readonly string[]): CommandEntry | undefined {
  return COMMANDS.filter((entry) => entry.words.every((word, index) => words[index] === word)).sort(
    (a, b) => b.words.length - a.words.length,
  )[0];
}
