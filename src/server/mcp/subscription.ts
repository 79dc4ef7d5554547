// `subscriptions/listen`: a request that stays open and tells of changes. Its first message says what of the wishes is
// served, its answer that it has ended.

import type { Exchange } from "./exchange.ts";
import type { McpServer } from "./mcp-server.ts";
import { isObject, type McpRequest, notificationText } from "./messages.ts";
import { MCP_ERRORS, McpError, META_SUBSCRIPTION } from "./revisions.ts";

/**
 * Resolves with the result once `ended` is aborted; then whoever serves ends it. Throws `McpError` for a request that makes
 * no sense. When the exchange's own signal is aborted, the client has gone, and nothing more is said.
 */
export async function subscribe(
  { changes }: Pick<McpServer, "changes">,
  { id, params }: McpRequest,
  { notify, signal }: Pick<Exchange, "notify" | "signal">,
  ended: AbortSignal,
): Promise<string> {
  const { notifications } = params;
  if (!isObject(notifications))
    throw new McpError(MCP_ERRORS.params, '"notifications" is not an object', { http: 400 });
  const wantsTools = notifications["toolsListChanged"] === true;
  const meta = `"_meta":{"${META_SUBSCRIPTION}":${id}}`;
  const served = JSON.stringify(wantsTools ? { toolsListChanged: true } : {});
  notify(notificationText("notifications/subscriptions/acknowledged", `{${meta},"notifications":${served}}`));
  const changed = notificationText("notifications/tools/list_changed", `{${meta}}`);
  const unlisten = wantsTools ? changes.listen(() => notify(changed)) : undefined;
  try {
    await eitherAborted(signal, ended);
  } finally {
    unlisten?.();
  }
  return `{"resultType":"complete",${meta}}`;
}

async function eitherAborted(one: AbortSignal, other: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  for (const signal of [one, other]) signal.addEventListener("abort", onAbort, { once: true });
  if (one.aborted || other.aborted) resolve();
  await promise;
  for (const signal of [one, other]) signal.removeEventListener("abort", onAbort);
}
