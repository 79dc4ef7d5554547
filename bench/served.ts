// What a benchmark needs of servers that it starts.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { BUILT } from "./built.ts";

export const OSAURUS = join(BUILT.root, "bin/osaurus");

/** An access key, made with the program as a user does. */
export async function newKey(env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(OSAURUS, ["keys", "create", "--name", "bench", "--json"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = await Promise.all([child.stdout!.setEncoding("utf8").toArray(), once(child, "exit")]);
  return (JSON.parse(text.join("")) as { readonly key: string }).key;
}

/** The last number of the first line that a server prints. */
export async function portFrom(child: ChildProcess): Promise<number> {
  const [line] = (await once(child.stdout!.setEncoding("utf8"), "data")) as [string];
  return Number(/(\d+)\/?\s*$/.exec(line)![1]);
}
