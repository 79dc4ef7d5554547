// The first words of the built-in commands. A file of its own, because who needs the words need not load the commands.

/** Words that are never taken for a plugin's command or a profile. */
export const BUILT_IN_WORDS: ReadonlySet<string> = new Set([
  "help",
  "plugins",
  "config",
  "theme",
  "alias",
  "tools",
  "manifest",
  "permissions",
  "approvals",
  "registry",
  "secrets",
  "insights",
  "doctor",
  "agents",
  "sessions",
  "tasks",
  "providers",
  "models",
  "chat",
  "keys",
  "serve",
  "open",
  "ui",
  "tunnel",
  "relay",
  "status",
  "stop",
  "reload",
  "mcp",
  "history",
  "intro",
  "completions",
]);

/** Words that no new plugin is given for its command: a plugin that has one now could not be called by it later. */
export const KEPT_WORDS: ReadonlySet<string> = new Set([
  ...BUILT_IN_WORDS,
  ...["exit", "last", "quit", "repl", "source"],
]);

/** Built-in commands that mean the same inside of an entered shell. A plugin's own subcommand of another such name stays reachable. */
export const ABSOLUTE_WORDS: ReadonlySet<string> = new Set([
  "plugins",
  "doctor",
  "theme",
  "config",
  "alias",
  "history",
  "intro",
]);
