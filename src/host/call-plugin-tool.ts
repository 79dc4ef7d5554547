// One call of a tool of a native plugin, from the wait until the plugin is up to the row in Insights.

import { untilAborted } from "../base/until-aborted.ts";
import type { LoadedNativePlugin } from "../plugins/native/launch-runner.ts";
import { type NativePlugin, PluginChanged } from "../plugins/native/native-plugin.ts";
import { ERRORS, HostError } from "../protocol/errors.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { callTool, type ToolCall, type ToolOutcome } from "../tools/call-tool.ts";
import { toolFailure } from "../tools/envelope.ts";
import type { HostFields } from "../tools/host-fields.ts";
import type { ConnectedPlugin } from "./connect-plugin.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import { recordFailedTool, recordTool, type Timed } from "./plugin-rows.ts";

interface Around {
  readonly permissions: Pick<PermissionsHost, "grants" | "ask" | "definitions">;
  readonly secrets: Pick<SecretStore, "all">;
}

/** Whatever the plugin does is in the outcome; fails with what the caller did wrong. */
export async function callPluginTool(
  around: Around,
  connected: ConnectedPlugin,
  call: ToolCall,
  timed: Timed,
): Promise<ToolOutcome> {
  const { plugin, recorder, shownId } = connected;
  for (;;) {
    const loaded = plugin.state === "loaded" ? plugin.loaded : undefined;
    try {
      const left = leftOf(call, timed.startedAt);
      const ready = loaded ?? (await readyInTime(plugin, call));
      const outcome = await callOnce(around, connected, ready, left, timed.traceId);
      recordTool(recorder, shownId, call, timed, outcome);
      return outcome;
    } catch (error) {
      // While somebody was asked, another version took over: it judges the call anew.
      if (error instanceof PluginChanged) continue;
      if (!(error instanceof HostError)) throw error;
      recordFailedTool(recorder, shownId, call, timed, error);
      if (ERRORS[error.code].fault === "caller") throw error;
      const { code, message } = error;
      const envelope = toolFailure(call.tool, { kind: "unavailable", code, message });
      return { envelope, breakdown: error, exactResult: () => undefined };
    }
  }
}

async function callOnce(
  { permissions: { grants, ask, definitions }, secrets }: Around,
  connected: ConnectedPlugin,
  { manifest, manifestText }: LoadedNativePlugin,
  call: ToolCall,
  traceId: string | undefined,
): Promise<ToolOutcome> {
  const { plugin, deliveries } = connected;
  const ownId = connected.ownId ?? manifest.plugin_id;
  // A plugin knows the settings of an agent before it is called for it.
  const snapshot = deliveries.snapshotDelivered(call.agentId);
  if (snapshot !== undefined) await snapshot;
  return await callTool(
    {
      manifest,
      grantsId: ownId,
      grants,
      ask,
      // Who names a library by its file sees what is called; nothing vouches for its being the one of before.
      definitions: connected.isInstalled ? definitions : undefined,
      hostFields: (agentId) => hostFields(secrets, ownId, agentId),
      note: (text) => connected.note(text),
      invokeTool: (toolId, input, options) => {
        const what = `tool "${toolId}"`;
        return plugin.call("invoke", ["tool", toolId, input], { ...options, what, traceId, onlyWith: manifestText });
      },
    },
    call,
  );
}

function hostFields(secrets: Around["secrets"], pluginId: string, agentId: string): HostFields | Promise<HostFields> {
  const all = secrets.all(pluginId, agentId);
  return all instanceof Promise ? all.then((values) => ({ secrets: values })) : { secrets: all };
}

/** The plugin as it is loaded now, or once it is; within the caller's time. */
async function readyInTime(plugin: NativePlugin, { timeoutMs, signal }: ToolCall): Promise<LoadedNativePlugin> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const onTimeout = () =>
    reject(
      new HostError("load_timeout", `the plugin was not up after ${timeoutMs} ms`, {
        hint: "give the call more time, or try again later",
      }),
    );
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  const ready = Promise.race([plugin.ready(), tooLate]);
  try {
    return await (signal === undefined ? ready : untilAborted(ready, signal));
  } finally {
    clearTimeout(timer);
  }
}

/** The same call with what is left of its time. */
function leftOf(call: ToolCall, startedAt: number): ToolCall {
  if (call.timeoutMs === undefined) return call;
  return { ...call, timeoutMs: Math.max(1, call.timeoutMs - (performance.now() - startedAt)) };
}
