// Where histories and logs are kept.

import { join } from "node:path";
import { homeOfUser } from "../base/paths.ts";

/** The state folder of `osp`: below `XDG_STATE_HOME`, else where the platform keeps such things. */
export function stateFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  const base = absolute(env["XDG_STATE_HOME"]);
  if (base !== undefined) return join(base, "osp");
  const home = absolute(env["HOME"]) ?? homeOfUser();
  return platform === "darwin" ? join(home, "Library/Application Support/osp/state") : join(home, ".local/state/osp");
}

function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") ? path : undefined;
}
