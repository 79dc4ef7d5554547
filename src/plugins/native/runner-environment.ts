// What a runner inherits: an empty environment plus an allow-list, so that no secret of the host's own shell reaches a
// plugin by accident.

const ALLOWED = new Set([
  "HOME",
  "LANG",
  "LANGUAGE",
  "LD_LIBRARY_PATH",
  "LOGNAME",
  "PATH",
  "SHELL",
  "TMPDIR",
  "TZ",
  "USER",
]);

export function runnerEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (ALLOWED.has(name) || name.startsWith("LC_"))) kept[name] = value;
  }
  return kept;
}
