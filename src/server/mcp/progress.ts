// Progress of a call: a host does not know how far a plugin is, but it does know that the plugin is still at work, which is
// what keeps a client from giving up. So the seconds since the start are told, soon at first and then rarely.

import { MCP_PROGRESS_FIRST_MS, MCP_PROGRESS_MS_MAX } from "../../protocol/limits.ts";
import type { Exchange } from "./exchange.ts";
import { notificationText } from "./messages.ts";

/** Gives what ends it; nothing when the client gave no token, and so does not want to know. */
export function reportProgress(token: unknown, { notify }: Exchange): (() => void) | undefined {
  if (typeof token !== "string" && typeof token !== "number") return undefined;
  const startedAt = performance.now();
  let waitMs = MCP_PROGRESS_FIRST_MS;
  const tell = (progress: number, message: string) =>
    notify(notificationText("notifications/progress", JSON.stringify({ progressToken: token, progress, message })));
  const again = () => {
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    tell(seconds, `at work for ${seconds} s`);
    waitMs = Math.min(2 * waitMs, MCP_PROGRESS_MS_MAX);
    timer = setTimeout(again, waitMs);
  };
  tell(0, "started");
  let timer = setTimeout(again, waitMs);
  return () => clearTimeout(timer);
}
