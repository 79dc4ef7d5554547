// The first words of the built-in commands. A file of its own, because who needs the words need not load the commands.

/** Words that are never taken for a plugin's command or a profile. */
export const BUILT_IN_WORDS: ReadonlySet<string> = new Set([
  "help",
  "plugins",
  "config",
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
]);

/** Words that no new plugin is given for its command: a plugin that has one now could not be called by it later. */
export const KEPT_WORDS: ReadonlySet<string> = new Set([
  ...BUILT_IN_WORDS,
  ...["alias", "completions", "exit", "history", "intro", "last", "quit", "repl", "source", "theme"],
]);
