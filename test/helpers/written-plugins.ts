// Process plugins that a test writes itself, because it changes them, or counts how often they are asked.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface WrittenPlugin {
  readonly dir: string;
  /** The file's name without `osp-`; also the id and the only command, where nothing else is said. */
  readonly name: string;
  readonly id?: string;
  readonly version?: string;
  readonly commands?: readonly (string | Readonly<Record<string, unknown>>)[];
  /** More members of the description. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Shell lines before the description is printed. */
  readonly before?: string;
}

/** Writes a plugin that answers every command with its own id. Each `--describe` leaves a line in a file beside it. */
export function writePlugin(plugin: WrittenPlugin): string {
  const { dir, name, id = name, version = "1.0.0", commands = [name], more = {}, before = ":" } = plugin;
  const described = commands.map((one) => (typeof one === "string" ? { name: one } : one));
  const description = { protocol_version: 1, plugin_id: id, plugin_version: version, commands: described, ...more };
  const answer = { protocol_version: 1, ok: true, data: id, meta: {} };
  const path = join(dir, `osp-${name}`);
  const script = `#!/bin/sh
if [ "$1" = --describe ]; then
  echo asked >>"$0.asked"
  ${before}
  cat <<'END'
${JSON.stringify(description)}
END
  exit
fi
cat <<'END'
${JSON.stringify(answer)}
END
`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

/** How often a written plugin was asked to describe itself. */
export function timesAsked(path: string): number {
  const file = `${path}.asked`;
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}
