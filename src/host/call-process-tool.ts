// One call of a process plugin's command as a tool: the same way as that of a native tool, from what stands in its way to
// one envelope.

import { toPlain } from "../base/ordered-json.ts";
import { shellWord } from "../base/shell-word.ts";
import { ERRORS, HostError } from "../protocol/errors.ts";
import type { PermissionPolicy } from "../protocol/manifest.ts";
import {
  broken,
  leftOf,
  outcomeOf,
  refuseUnknownAgent,
  type ToolCall,
  type ToolOutcome,
  withEdited,
} from "../tools/call-tool.ts";
import { toolFailure } from "../tools/envelope.ts";
import { type Verdict, verdictOn } from "../tools/permission-gate.ts";
import { callerScope } from "./caller-scope.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import type { CommandResponse, ProcessHost, RunRequest } from "./process-host.ts";
import type { ProcessToolSettings } from "./process-tool-settings.ts";
import type { ProcessEntry } from "./shelf-catalog.ts";

export interface AroundProcessTool {
  readonly permissions: Pick<PermissionsHost, "grants" | "ask" | "definitions">;
  readonly processes: Pick<ProcessHost, "run">;
  readonly settings: ProcessToolSettings;
  /** What somebody should know of the plugin. */
  note(text: string): void;
}

/** Throws `input_too_large`, `agent_unknown` and `interrupted`; all else is in the outcome. */
export async function callProcessTool(
  around: AroundProcessTool,
  entry: ProcessEntry,
  call: ToolCall,
): Promise<ToolOutcome> {
  const startedAt = performance.now();
  const { toolId } = entry;
  refuseUnknownAgent(call.agentId);
  const changed = await around.permissions.definitions.refusalOf(entry.defined);
  if (changed !== undefined) return refused(around, toolId, changed, "definition changed");
  const prepared = await entry.tool.prepare(call.input);
  if ("ok" in prepared) return outcomeOf(prepared, undefined);
  const verdict = await verdictByPolicy(around, entry, prepared.input, call, startedAt);
  if (verdict.refusal !== undefined) return refused(around, toolId, verdict.refusal, "permission denied");
  // The first ones may be right while these are not.
  const made = verdict.edited === undefined ? prepared : await entry.tool.prepare(verdict.edited);
  if ("ok" in made) return withEdited(outcomeOf(made, undefined), verdict.edited);
  const edited = made.input === prepared.input ? undefined : made.input;
  try {
    return withEdited(await runCommand(around, entry, made.words, call, startedAt), edited);
  } catch (error) {
    if (!(error instanceof HostError) || error.code === "interrupted") throw error;
    // What the caller of a command did wrong is not what the caller of a tool did: the command is another one by now.
    const failed = ERRORS[error.code].fault === "caller" ? unavailable(toolId, error) : broken(toolId, error);
    return withEdited(failed, edited);
  }
}

function refused({ note }: AroundProcessTool, toolId: string, error: HostError, why: string): ToolOutcome {
  note(`[Osaurus][Tool] ${why}: ${toolId}`);
  return broken(toolId, error);
}

function unavailable(toolId: string, error: HostError): ToolOutcome {
  const { code, message } = error;
  return outcomeOf(toolFailure(toolId, { kind: "unavailable", code, message }), error);
}

async function verdictByPolicy(
  { permissions, settings }: AroundProcessTool,
  entry: ProcessEntry,
  input: string,
  call: ToolCall,
  startedAt: number,
): Promise<Verdict> {
  const { pluginId, grantsId, toolId, shown } = entry;
  const granted = await permissions.grants.policyOf({ pluginId: grantsId, toolId }, call.agentId);
  const policy: PermissionPolicy = granted ?? settings.policyOf(pluginId);
  if (policy === "auto") return {};
  if (policy === "deny" && granted === undefined) return { refusal: deniedByConfiguration(entry) };
  const { agentId, consent, signal } = call;
  const { description, requirements } = shown;
  const schema = entry.tool.checkedSchema;
  const question = { pluginId: grantsId, toolId, agentId, description, requirements, input, schema };
  return await verdictOn(permissions, granted, policy, {
    ...question,
    consent,
    signal,
    askMs: leftOf(call, startedAt),
  });
}

function deniedByConfiguration({ pluginId, grantsId, toolId }: ProcessEntry): HostError {
  return new HostError("tool_denied", `the configuration denies the tool "${toolId}" of the plugin "${pluginId}"`, {
    hint: `extensions.plugins.tool_policy is deny; "osaurus permissions set ${shellWord(`${grantsId}/${toolId}`)} auto" overrules it`,
    details: { plugin: pluginId, tool: toolId },
  });
}

async function runCommand(
  { processes, settings, note }: AroundProcessTool,
  { pluginId, toolId, command }: ProcessEntry,
  words: readonly string[],
  call: ToolCall,
  startedAt: number,
): Promise<ToolOutcome> {
  const deadline = startDeadline(leftOf(call, startedAt), call.signal);
  let ended: Parameters<NonNullable<RunRequest["onEnded"]>>[0] | undefined;
  try {
    const response = await processes.run({
      provider: { plugin: command.plugin, command: command.path[0]! },
      args: words,
      hints: settings.hints,
      timeoutMs: Math.min(settings.timeoutMs(pluginId), leftOf(call, startedAt) ?? Infinity),
      // A plugin works where the command was typed, whichever process runs it.
      caller: callerScope()?.place,
      signal: deadline.signal,
      onEnded: (run) => {
        ended = run;
      },
    });
    return answered(toolId, response, ended?.stdout.toString("utf8") ?? null);
  } catch (error) {
    if (ended?.stderrTail) note(`the tool "${toolId}" failed; it printed: ${ended.stderrTail}`);
    throw deadline.isOver() ? tooLate(pluginId, call) : error;
  } finally {
    deadline.end();
  }
}

function answered(toolId: string, { data, error, messages }: CommandResponse, answer: string | null): ToolOutcome {
  if (error !== null) {
    const { code, message } = error;
    const facts = {
      kind: "execution_error",
      message: message.trim() || "the command failed without saying why",
    } as const;
    const envelope = toolFailure(toolId, { ...facts, ...(code.trim() === "" ? {} : { code }) });
    return { envelope, breakdown: undefined, answer, exactResult: () => undefined };
  }
  const warnings = messages.length === 0 ? {} : { warnings: messages };
  const envelope = { ok: true, tool: toolId, result: toPlain(data), ...warnings } as const;
  return { envelope, breakdown: undefined, answer, exactResult: () => data };
}

const TIMER_MS_MAX = 2_147_483_647;

/** What bounds the whole call: its plugin may have to be asked again what it offers before the command is run. */
function startDeadline(leftMs: number | undefined, signal: AbortSignal | undefined) {
  const late = new AbortController();
  const timer = leftMs === undefined ? undefined : setTimeout(() => late.abort(), Math.min(leftMs, TIMER_MS_MAX));
  return {
    signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    isOver: () => late.signal.aborted && signal?.aborted !== true,
    end: () => clearTimeout(timer),
  };
}

function tooLate(pluginId: string, { timeoutMs }: ToolCall): HostError {
  return new HostError("process_timeout", `plugin "${pluginId}" gave no answer in ${timeoutMs} ms`, {
    hint: "give the call more time",
    details: { plugin: pluginId, waited_ms: timeoutMs },
  });
}
