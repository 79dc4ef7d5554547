// What a runner inherits: an empty environment plus an allow-list, so that no secret of the host's own shell reaches a
// plugin by accident.

const ALLOWED = new Set([
  // What authors set to find their mistakes.
  "ASAN_OPTIONS",
  "GOTRACEBACK",
  "LSAN_OPTIONS",
  "RUST_BACKTRACE",
  "RUST_LOG",
  "TSAN_OPTIONS",
  "UBSAN_OPTIONS",
  // What programs need.
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
