// Looks on at everything that native plugins ask of their host and are told by it. The test kit is who looks: what it sees
// is what happened, in order and whole, while Insights keeps rows that are cut, redacted and written later.

import type { RunnerEnd } from "../plugins/native/runner-end.ts";
import type { HostCall, HostCallHandler, PluginLogLine } from "../protocol/host-slots.ts";
import type { TaskNews } from "./recorded-entries.ts";

/** One call of a plugin to its host, once it was answered. */
interface SeenHostCall extends Pick<HostCall, "name" | "args" | "agentId" | "traceId" | "isInContext"> {
  /** The text that the plugin got; null for NULL. */
  readonly answer: string | null;
  /** Pieces of a streamed answer. */
  readonly chunks: readonly string[];
}

interface SeenConfigChange {
  readonly agentId: string | undefined;
  readonly key: string;
  readonly value: string | null;
}

/** Must not throw. */
export interface PluginWatch {
  hostCall(seen: SeenHostCall): void;
  log(line: PluginLogLine): void;
  /** The plugin is told what happened to a task of its own. */
  taskEvent(event: TaskNews): void;
  /** The plugin is told of a setting. */
  configChange(change: SeenConfigChange): void;
  /** A runner ended that was not asked to. */
  crash(story: string, end: RunnerEnd): void;
}

/** The handler, with somebody who looks on. */
export function watchHostCalls(serve: HostCallHandler, watch: PluginWatch): HostCallHandler {
  return (call) => {
    const chunks: string[] = [];
    const send = call.chunk;
    const watched = {
      ...call,
      chunk(text: string) {
        chunks.push(text);
        return send(text);
      },
    };
    const seen = (answer: string | null) => {
      const { name, args, agentId, traceId, isInContext } = call;
      watch.hostCall({ name, args, agentId, traceId, isInContext, answer, chunks });
      return answer;
    };
    const answer = serve(watched);
    return answer instanceof Promise ? answer.then(seen) : seen(answer);
  };
}
