// The control API of the host that serves the data folder, for commands that only that host can do.

import { resolvePaths } from "../base/paths.ts";
import { type ControlApi, openControlApi } from "../client/control-api.ts";
import { foundHost } from "../server/serve-file.ts";
import type { CommandInput } from "./command.ts";
import { notRunning } from "./serve-status.ts";

/** Undefined when there is none. */
export async function servingApi({ io }: Pick<CommandInput, "io">): Promise<ControlApi | undefined> {
  const paths = resolvePaths({ env: io.env, platform: process.platform });
  const found = await foundHost(paths);
  return found === undefined ? undefined : openControlApi({ paths, url: found.url, signal: io.signal });
}

/** Fails with `host_not_running`. */
export async function neededApi(input: Pick<CommandInput, "io">): Promise<ControlApi> {
  const api = await servingApi(input);
  if (api !== undefined) return api;
  throw notRunning(resolvePaths({ env: input.io.env, platform: process.platform }).data);
}
