// Whether a call may run ("Osaurus: Plugin Authoring", permissions): what somebody decided about the tool comes before
// what its manifest says, a consent given for this one call before a question, and no consent before a refusal.

import { shellWord } from "../base/shell-word.ts";
import { HostError } from "../protocol/errors.ts";
import type { PermissionPolicy } from "../protocol/manifest.ts";
import type { AskConsent, ConsentAnswer, ConsentQuestion, GrantBook } from "./permissions.ts";

export interface Gate {
  /** What was decided and is remembered; without it, only manifests count. */
  readonly grants?: GrantBook | undefined;
  /** Asks somebody; without it, nobody can be asked. */
  readonly ask?: AskConsent | undefined;
}

export interface GateCall extends ConsentQuestion {
  /** `given`: the caller consents to what would be asked. `refused`: nobody is to be asked. */
  readonly consent?: "given" | "refused" | undefined;
  /** Ends a question, and the call with it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that a question may take, besides what whoever asks allows. */
  readonly askMs?: number | undefined;
}

export interface Verdict {
  /** Why the call may not run: `tool_denied`, `approval_denied`, `approval_missing`. */
  readonly refusal?: HostError;
  /** The arguments that somebody put in place of the call's own when they allowed it. Nothing is checked yet. */
  readonly edited?: string;
}

const MAY_RUN: Verdict = {};

/**
 * Whether a call may run, and with what.
 *
 * @param granted what was decided about the tool, if anything was.
 */
export async function verdictOn(
  { ask }: Gate,
  granted: PermissionPolicy | undefined,
  manifestPolicy: PermissionPolicy,
  call: GateCall,
): Promise<Verdict> {
  const policy = granted ?? manifestPolicy;
  if (policy === "auto") return MAY_RUN;
  if (policy === "deny") return { refusal: granted === undefined ? deniedByManifest(call) : deniedByPeople(call) };
  if (call.consent === "given") return MAY_RUN;
  if (ask === undefined || call.consent === "refused") {
    return { refusal: missing(call, "nobody can be asked for it") };
  }
  return await asked(ask, call);
}

async function asked(ask: AskConsent, call: GateCall): Promise<Verdict> {
  const answer = await answerOf(ask, call);
  if (call.signal?.aborted) throw new HostError("interrupted", "interrupted");
  if (answer === undefined) return { refusal: missing(call, "the question was left unanswered") };
  if (answer.allow) return answer.edited === undefined ? MAY_RUN : { edited: answer.edited };
  return { refusal: answer.decided ? deniedByPeople(call) : refused(call, answer) };
}

function refused(call: GateCall, { remembered }: ConsentAnswer): HostError {
  return new HostError("approval_denied", `the call of "${call.toolId}" was refused`, {
    hint: remembered
      ? `the answer is remembered; "osaurus permissions reset ${shown(call)}" forgets it`
      : "it was refused this once; call again to be asked again",
    details: detailsOf(call),
  });
}

/** The timer keeps the program alive: whoever asks may be waiting for other programs only. */
const FAR_MS = 2_147_483_647;

async function answerOf(ask: AskConsent, call: GateCall): Promise<ConsentAnswer | undefined> {
  const over = new AbortController();
  const onAbort = () => over.abort();
  const timer = setTimeout(onAbort, Math.min(FAR_MS, call.askMs ?? FAR_MS));
  call.signal?.addEventListener("abort", onAbort, { once: true });
  if (call.signal?.aborted) over.abort();
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  over.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  try {
    if (over.signal.aborted) return undefined;
    const { pluginId, toolId, agentId, description, requirements, input, schema } = call;
    const question = { pluginId, toolId, agentId, description, requirements, input, schema };
    const asking = ask(question, over.signal);
    // Whoever asks may fail because it was told to stop; then that has been dealt with.
    asking.catch(() => {});
    return await Promise.race([asking, ended]);
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", onAbort);
  }
}

function deniedByManifest(call: GateCall): HostError {
  return new HostError("tool_denied", `the plugin's manifest denies the tool "${call.toolId}"`, {
    hint: `its permission_policy is deny; "osaurus permissions set ${shown(call)} ask" overrules it`,
    details: detailsOf(call),
  });
}

function deniedByPeople(call: GateCall): HostError {
  return new HostError("tool_denied", `the tool "${call.toolId}" was denied`, {
    hint: `that is remembered; "osaurus permissions reset ${shown(call)}" forgets it`,
    details: detailsOf(call),
  });
}

function missing(call: GateCall, why: string): HostError {
  return new HostError("approval_missing", `the tool "${call.toolId}" needs somebody's consent, and ${why}`, {
    hint: `"--yes" gives it in advance, "osaurus approvals allow ID" while the call waits, "osaurus permissions set ${shown(call)} auto" for good`,
    details: detailsOf(call),
  });
}

function shown({ pluginId, toolId }: GateCall): string {
  return shellWord(`${pluginId}/${toolId}`);
}

function detailsOf({ pluginId, toolId, agentId }: GateCall): Readonly<Record<string, unknown>> {
  return { plugin: pluginId, tool: toolId, agent: agentId };
}
