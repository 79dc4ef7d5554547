// How long a program takes from its start until it is gone, in a home of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { BUILT } from "./built.ts";

export const PROGRAM_ENV = {
  PATH: process.env["PATH"],
  HOME: BUILT.home,
  OSAURUS_HOME: join(BUILT.home, "osaurus"),
  XDG_CONFIG_HOME: join(BUILT.home, "config"),
  XDG_CACHE_HOME: join(BUILT.home, "cache"),
  XDG_DATA_HOME: join(BUILT.home, "data"),
};

/** Milliseconds. Throws when the program ends with anything but 0. */
export async function timeProgram(command: string, args: readonly string[], env = PROGRAM_ENV): Promise<number> {
  return (await runProgram(command, args, env)).ms;
}

/** The same, with what it printed on stdout and stderr. */
export async function runProgram(
  command: string,
  args: readonly string[],
  env = PROGRAM_ENV,
): Promise<{ ms: number; output: string }> {
  const start = performance.now();
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part) => {
      output += part;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${output.trim()}`);
  return { ms, output };
}
