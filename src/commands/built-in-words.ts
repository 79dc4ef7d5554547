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
  "status",
  "stop",
  "reload",
  "mcp",
]);
