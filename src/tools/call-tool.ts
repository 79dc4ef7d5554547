// One call of a tool: finds it, checks the arguments, sees to consent, adds what the host adds, makes the call, and
// brings the answer into one shape. Nothing that a plugin does is thrown from here, nor that a call is refused; what the
// caller got wrong is.

import { type JsonObject, JsonSyntaxError, type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import { untilAborted } from "../base/until-aborted.ts";
import { agentIdOf } from "../protocol/agent-id.ts";
import { ERRORS, type ErrorCode, HostError } from "../protocol/errors.ts";
import { CALL_MS_MAX, HOST_FIELDS_BYTES_MAX } from "../protocol/limits.ts";
import type { Manifest, ManifestTool } from "../protocol/manifest.ts";
import type { ArgumentCheck } from "./argument-check.ts";
import type { DefinitionGuard } from "./definition-guard.ts";
import { type FailureKind, readAnswer, type ToolEnvelope, type ToolFailure, toolFailure } from "./envelope.ts";
import { type HostFields, withHostFields } from "./host-fields.ts";
import { type Gate, type GateCall, verdictOn } from "./permission-gate.ts";
import { factsOf, type ToolFacts } from "./tool-facts.ts";
import { findToolByName } from "./tool-names.ts";

/** A plugin that is loaded and can be called. */
export interface CallablePlugin extends Gate {
  readonly manifest: Manifest;
  /** Under which grants are remembered; without it, the id in the manifest, which anybody can write. */
  readonly grantsId?: string;
  invokeTool(toolId: string, input: string, options: InvokeOptions): Promise<string | null>;
  /** Holds back tools that are not what they were when they were approved; without it, nothing is compared. */
  readonly definitions?: Pick<DefinitionGuard, "refusalOf"> | undefined;
  /** What is added to the arguments of a call for this agent. */
  hostFields?(agentId: string): HostFields | undefined | Promise<HostFields | undefined>;
  /** Lines for the plugin's log: what was refused, what its author should know. */
  note?(text: string): void;
}

interface InvokeOptions {
  readonly agentId: string;
  readonly deadlineMs: number;
  readonly countsHostCalls: boolean;
  /** The caller's: once it is aborted, what the plugin asked its host for in the call is for nobody. */
  readonly signal?: AbortSignal | undefined;
}

export interface ToolCall {
  /** The tool's id in its manifest, or a name that it goes by. */
  readonly tool: string;
  /** JSON text of the arguments. */
  readonly input: string;
  /** As `agentIdOf` gives it. */
  readonly agentId: string;
  /** Bounds the whole call; without it, the time in which the plugin waits for its host is not counted. */
  readonly timeoutMs?: number;
  /** `given`: the caller consents to what would be asked; a denied tool stays denied. `refused`: nobody is to be asked. */
  readonly consent?: "given" | "refused" | undefined;
  /** What ties the call to what it came from; without it, the call begins a trace of its own. */
  readonly traceId?: string | undefined;
  /**
   * Ends the call with `interrupted`: while somebody is asked about it, and while the plugin works. A plugin cannot be
   * stopped in the middle of a call: it goes on without what it asks of models, and its answer is thrown away.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface ToolOutcome {
  readonly envelope: ToolEnvelope;
  /** Set when the tool did not run, or gave no answer: it was refused, it crashed, hung, was overloaded. */
  readonly breakdown: HostError | undefined;
  /** The arguments with which the call was made, where whoever allowed it changed them. */
  readonly edited?: string;
  /** What the plugin returned, as it was; left out when it did not come to that. */
  readonly answer?: string | null;
  /** The answer is shown as it is, but reads like a failure that its author put into the wrong form. */
  readonly suspected?: true;
  /** The result with the plugin's own numbers and member order; undefined for a failure. Read when it is asked for. */
  exactResult(): OrderedJson | undefined;
}

/** Throws `agent_unknown`, `tool_unknown`, `tool_ambiguous`, `input_too_large`, `interrupted`; all else is in the outcome. */
export async function callTool(plugin: CallablePlugin, call: ToolCall): Promise<ToolOutcome> {
  const startedAt = call.timeoutMs === undefined ? 0 : performance.now();
  refuseUnknownAgent(call.agentId);
  const tool = findTool(plugin.manifest, call.tool);
  const facts = factsOf(plugin.grantsId ?? plugin.manifest.plugin_id, tool);
  // Before the arguments are looked at: they may be right for the tool that was approved.
  if (plugin.definitions !== undefined) {
    let blocked = plugin.definitions.refusalOf(facts.defined);
    if (blocked instanceof Promise) blocked = await blocked;
    if (blocked !== undefined) {
      plugin.note?.(`[Osaurus][Tool] held back (${blocked.code}): ${tool.id}`);
      return broken(tool.id, blocked);
    }
  }
  if (facts.check instanceof Promise) facts.check = await facts.check;
  const { check } = facts;
  const checked = checkedInput(plugin, facts, check, tool, call.input);
  if (typeof checked !== "string") return outcomeOf(checked, undefined);
  if (facts.ungrantable.length > 0) return outcomeOf(unavailable(tool, facts.ungrantable), undefined);
  let edited: string | undefined;
  try {
    let granted = plugin.grants?.policyOf(facts.key, call.agentId);
    if (granted instanceof Promise) granted = await granted;
    if ((granted ?? facts.policy) !== "auto") {
      const verdict = await verdictOn(plugin, granted, facts.policy, questionOf(call, facts, tool, checked, startedAt));
      if (verdict.refusal !== undefined) {
        plugin.note?.(`[Osaurus][Tool] permission denied: ${tool.id}`);
        return broken(tool.id, verdict.refusal);
      }
      edited = verdict.edited;
    }
    // The first ones may be right while these are not.
    const input = edited === undefined ? checked : checkedInput(plugin, facts, check, tool, edited);
    if (typeof input !== "string") return withEdited(outcomeOf(input, undefined), edited);
    if (edited !== undefined) edited = input === checked ? undefined : input;
    let fields = plugin.hostFields?.(call.agentId);
    if (fields instanceof Promise) fields = await fields;
    const running = plugin.invokeTool(tool.id, fields === undefined ? input : complete(input, fields), {
      agentId: call.agentId,
      deadlineMs: leftOf(call, startedAt) ?? CALL_MS_MAX,
      countsHostCalls: call.timeoutMs !== undefined,
      signal: call.signal,
    });
    const answer = await (call.signal === undefined ? running : untilAborted(running, call.signal));
    return withEdited(answered(plugin, facts, tool, answer), edited);
  } catch (error) {
    if (!(error instanceof HostError) || ERRORS[error.code].fault === "caller") throw error;
    return withEdited(broken(tool.id, error), edited);
  }
}

/** Decisions and secrets are found by the id's very text: written in another way, it would be another agent's. */
/** The agent of the call before is mostly that of the next one. */
let knownAgent = "";

export function refuseUnknownAgent(agentId: string): void {
  if (agentId === knownAgent && agentId !== "") return;
  if (agentIdOf(agentId) === agentId) {
    knownAgent = agentId;
    return;
  }
  throw new HostError("agent_unknown", `"${agentId}" is not the id of an agent`, {
    hint: "give its UUID, in capital letters",
  });
}

function findTool(manifest: Manifest, name: string): ManifestTool {
  const byId = manifest.capabilities.tools?.find((candidate) => candidate.id === name);
  return byId ?? findToolByName([manifest], name, manifest.plugin_id).tool;
}

function questionOf(
  call: ToolCall,
  { key }: ToolFacts,
  { description, requirements = [], parameters: schema }: ManifestTool,
  input: string,
  startedAt: number,
): GateCall {
  const { agentId, consent, signal } = call;
  const question = { ...key, agentId, description, requirements, input, schema };
  return { ...question, consent, signal, askMs: leftOf(call, startedAt) };
}

/** What is left of the caller's time; nothing when the caller set no bound. */
export function leftOf({ timeoutMs }: Pick<ToolCall, "timeoutMs">, startedAt: number): number | undefined {
  return timeoutMs === undefined ? undefined : Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)));
}

function checkedInput(
  plugin: CallablePlugin,
  facts: ToolFacts,
  check: ArgumentCheck,
  tool: ManifestTool,
  input: string,
): string | ToolFailure {
  const checked = check.check(input);
  if (check.problem !== undefined) {
    noteOnce(plugin, facts, `the schema of the tool "${tool.id}" cannot be used: ${check.problem}; nothing is checked`);
  }
  return "failure" in checked ? checked.failure : checked.input;
}

function complete(input: string, fields: HostFields): string {
  const completed = withHostFields(input, fields);
  if (completed !== undefined) return completed;
  const message = `the stored settings are larger than ${HOST_FIELDS_BYTES_MAX} bytes together`;
  throw new HostError("store_broken", `${message} and do not fit into a call`, { hint: "delete the largest of them" });
}

function answered(plugin: CallablePlugin, facts: ToolFacts, tool: ManifestTool, answer: string | null): ToolOutcome {
  const { envelope, suspected, hasBoth } = readAnswer(tool.id, answer);
  if (hasBoth)
    noteOnce(plugin, facts, `the tool "${tool.id}" answers with "result" and "data"; "data" is not looked at`);
  const result = () => exactResult(envelope, answer);
  if (!suspected) return { envelope, breakdown: undefined, answer, exactResult: result };
  return { envelope, breakdown: undefined, answer, suspected, exactResult: result };
}

function noteOnce(plugin: CallablePlugin, { noted }: ToolFacts, text: string): void {
  if (noted.has(text)) return;
  noted.add(text);
  plugin.note?.(`[Osaurus][Tool] ${text}`);
}

/** The outcome of a call whose arguments were changed, or not. */
export function withEdited(outcome: ToolOutcome, edited: string | undefined): ToolOutcome {
  return edited === undefined ? outcome : { ...outcome, edited };
}

export function outcomeOf(envelope: ToolEnvelope, breakdown: HostError | undefined): ToolOutcome {
  return { envelope, breakdown, exactResult: () => undefined };
}

function unavailable(tool: ManifestTool, requirements: readonly string[]): ToolFailure {
  const message = `the tool needs what this system cannot grant: ${requirements.join(", ")}`;
  return toolFailure(tool.id, { kind: "unavailable", message, retryable: false });
}

/** The outcome of a call that gave no answer. */
export function broken(tool: string, error: HostError): ToolOutcome {
  const { code, message } = error;
  // The same answer would be too large the next time, too.
  const isTooLarge = code === "output_too_large" || code === "process_output_too_large";
  const again = isTooLarge ? { retryable: false } : {};
  return outcomeOf(toolFailure(tool, { kind: KINDS[code] ?? "execution_error", code, message, ...again }), error);
}

const KINDS: Partial<Record<ErrorCode, FailureKind>> = {
  plugin_timeout: "timeout",
  process_timeout: "timeout",
  process_spawn_failed: "unavailable",
  plugin_overloaded: "unavailable",
  plugin_restarting: "unavailable",
  plugin_stopped: "unavailable",
  tool_denied: "rejected",
  definition_changed: "rejected",
  approval_missing: "rejected",
  approval_denied: "user_denied",
};

function exactResult(envelope: ToolEnvelope, answer: string | null): OrderedJson | undefined {
  if (!envelope.ok || answer === null) return undefined;
  // A text is the same either way; only structure can lose something on its way through JavaScript's objects.
  if (typeof envelope.result === "string") return envelope.result;
  const given = readExactly(envelope.tool, answer);
  return (given.has("result") ? given.get("result") : given.get("data")) ?? null;
}

/** The answer is known to be JSON of a depth that can be read; it may still hold more values than anybody should. */
function readExactly(tool: string, answer: string): JsonObject {
  try {
    return parseOrderedJson(answer) as JsonObject;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new HostError("output_too_large", `the result of "${tool}" cannot be shown: ${error.message}`, {
      hint: "ask the tool for a part of it",
    });
  }
}
