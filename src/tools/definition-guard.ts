// Keeps a tool from becoming another one unseen: what a tool says of itself is remembered when it is first there, and from
// then on a tool that says something else does not run until somebody approved that. Whatever its policy is.

import { shellWord } from "../base/shell-word.ts";
import { HostError } from "../protocol/errors.ts";
import type { ApprovalAnswer } from "../store/approval-rows.ts";
import type { DefinitionApproval, DefinitionApprovals } from "../store/definition-approvals.ts";
import type { KeptTools, ToolDefinitions } from "../store/tool-definitions.ts";
import type { DefinedTool } from "./tool-definition.ts";

export interface DefinitionGuard {
  /**
   * Nothing when the tool is the one that was approved, else why it may not run: `definition_changed`. A tool that is seen
   * first is remembered. Where that cannot be known or remembered, the tool may not run either: `store_broken`. A promise
   * only when there is something to write or to look up.
   */
  refusalOf(tool: DefinedTool): HostError | undefined | Promise<HostError | undefined>;
  /**
   * The same for many tools of one plugin, as it is loaded or listed; gives the refusals by the tools' ids. For each of them
   * that nobody refused yet there is a row among the approvals then.
   */
  notice(pluginId: string, tools: readonly DefinedTool[]): Promise<ReadonlyMap<string, HostError>>;
  /** The same for tools of what was just loaded from its installation. */
  loaded(pluginId: string, tools: readonly DefinedTool[]): Promise<ReadonlyMap<string, HostError>>;
}

/** @param path the file by which a process plugin was found. */
type IsOwnBuild = (pluginId: string, path: string | undefined) => boolean;

/** The guard, and what people decide about what it holds back. */
export class RememberedDefinitions implements DefinitionGuard {
  readonly #store: ToolDefinitions;
  readonly #approvals: DefinitionApprovals;
  readonly #isOwnBuild: IsOwnBuild;
  /** Tools of builds that are loaded: they are that until they are unloaded, whatever is installed by then. */
  readonly #ownTools = new WeakSet<DefinedTool>();

  /**
   * @param isOwnBuild whether the user's own `tools dev` put there what serves now. Its author changes it all the time:
   * nothing of it is held back, and nothing is remembered that would count for the plugin that it stands in for.
   */
  constructor(store: ToolDefinitions, approvals: DefinitionApprovals, isOwnBuild: IsOwnBuild = () => false) {
    this.#store = store;
    this.#approvals = approvals;
    this.#isOwnBuild = isOwnBuild;
  }

  refusalOf(tool: DefinedTool): HostError | undefined | Promise<HostError | undefined> {
    if (this.#ownTools.has(tool)) return undefined;
    try {
      if (isApproved(this.#store.tools(tool.pluginId), tool)) return undefined;
    } catch (error) {
      return hostError(error);
    }
    return this.notice(tool.pluginId, [tool]).then((refusals) => refusals.get(tool.toolId));
  }

  async loaded(pluginId: string, tools: readonly DefinedTool[]): Promise<ReadonlyMap<string, HostError>> {
    if (this.#isOwnBuild(pluginId, undefined)) for (const tool of tools) this.#ownTools.add(tool);
    return await this.notice(pluginId, tools);
  }

  async notice(pluginId: string, all: readonly DefinedTool[]): Promise<ReadonlyMap<string, HostError>> {
    const tools = all.filter((tool) => !this.#ownTools.has(tool));
    try {
      return await this.#notice(pluginId, tools);
    } catch (error) {
      const refusal = hostError(error);
      return new Map(tools.map(({ toolId }) => [toolId, refusal]));
    }
  }

  async #notice(pluginId: string, tools: readonly DefinedTool[]): Promise<ReadonlyMap<string, HostError>> {
    const paths = new Set(tools.map(({ path }) => path));
    if ([...paths].every((path) => this.#isOwnBuild(pluginId, path))) return NO_REFUSALS;
    let known = this.#store.look(pluginId);
    const isNew = (tool: DefinedTool) => !known.has(tool.toolId);
    if (tools.some(isNew)) {
      known = await this.#store.change(pluginId, (kept) => {
        for (const tool of tools) if (!kept.has(tool.toolId)) kept.set(tool.toolId, { approved: tool.definition() });
        return kept;
      });
    }
    const changed = tools.filter((tool) => !isApproved(known, tool));
    if (changed.length === 0) return NO_REFUSALS;
    const isDenied = (tool: DefinedTool) => known.get(tool.toolId)!.denied === tool.definition().hash;
    const waiting = changed.filter((tool) => !isDenied(tool));
    const ids = await this.#approvals.put(
      waiting.map((tool) => ({ ...nameOf(tool), old: known.get(tool.toolId)!.approved, now: tool.definition() })),
    );
    return new Map([
      ...changed.filter(isDenied).map((tool) => [tool.toolId, stillDenied(tool)] as const),
      ...waiting.map((tool, index) => [tool.toolId, changedError(tool, ids[index]!)] as const),
    ]);
  }

  /** Whether anything is remembered of a plugin. Throws `store_broken`. */
  isKnown(pluginId: string): boolean {
    return this.#store.look(pluginId).size > 0;
  }

  /** What waits for approval. */
  async list(): Promise<DefinitionApproval[]> {
    return await this.#approvals.list();
  }

  /** Whether this id is that of a changed definition. */
  async isOne(id: string): Promise<boolean> {
    return await this.#approvals.isOne(id);
  }

  /**
   * Answers what waits under this id; nothing when that is no change of a definition. It counts for exactly the definition
   * that was shown. Fails with `approval_settled`, and with `usage_invalid` for an answer that is not to be remembered.
   */
  async answer(id: string, { allow, remember }: ApprovalAnswer): Promise<DefinitionApproval | undefined> {
    if (remember !== "always" && (await this.#approvals.isOne(id))) {
      throw new HostError("usage_invalid", `"${id}" is about a tool's definition: the answer holds from now on`, {
        hint: `leave out --${remember}`,
      });
    }
    // The row comes first, because only one of several answers may count. Killed in between, the tool is still blocked, and
    // gets a new row.
    const approval = await this.#approvals.settle(id, allow);
    if (approval === undefined) return undefined;
    const { pluginId, toolId, old, now } = approval;
    await this.#store.change(pluginId, (kept) => {
      const approved = kept.get(toolId)?.approved ?? old;
      kept.set(toolId, allow ? { approved: now } : { approved, denied: now.hash });
    });
    return approval;
  }

  /** Somebody wants these tools as they are now. */
  async approve(pluginId: string, tools: readonly DefinedTool[]): Promise<void> {
    await this.#store.change(pluginId, (kept) => {
      for (const tool of tools) {
        const approved = tool.definition();
        const { approved: before, denied } = kept.get(tool.toolId) ?? {};
        if (before?.hash !== approved.hash || denied !== undefined) kept.set(tool.toolId, { approved });
      }
    });
    await this.#approvals.withdraw(pluginId, "allowed", new Set(tools.map(({ toolId }) => toolId)));
  }

  /** Takes back rows about tools that are by now what was approved. */
  async settleApproved(pluginId: string, tools: readonly DefinedTool[]): Promise<void> {
    const known = this.#store.look(pluginId);
    const approved = tools.filter((tool) => isApproved(known, tool)).map(({ toolId }) => toolId);
    if (approved.length > 0) await this.#approvals.withdraw(pluginId, "expired", new Set(approved));
  }

  async forget(pluginId: string): Promise<void> {
    await this.#store.forget(pluginId);
    await this.#approvals.withdraw(pluginId, "expired");
  }
}

const NO_REFUSALS: ReadonlyMap<string, HostError> = new Map();

/** Anything else is a mistake of ours. */
function hostError(error: unknown): HostError {
  if (error instanceof HostError) return error;
  throw error;
}

function isApproved(known: KeptTools, tool: DefinedTool): boolean {
  return known.get(tool.toolId)?.approved.hash === tool.definition().hash;
}

function nameOf({ pluginId, toolId }: DefinedTool) {
  return { pluginId, toolId };
}

function changedError({ pluginId, toolId }: DefinedTool, approval: string): HostError {
  const message = `the definition of the tool "${toolId}" is not the one that was approved; it waits as "${approval}" for approval`;
  return new HostError("definition_changed", message, {
    hint: `"osaurus approvals list" shows what changed, "osaurus approvals allow ${approval}" approves it`,
    details: { plugin: pluginId, tool: toolId, approval },
  });
}

function stillDenied({ pluginId, toolId }: DefinedTool): HostError {
  const message = `the definition of the tool "${toolId}" is not the one that was approved, and the change was refused`;
  return new HostError("definition_changed", message, {
    hint: `"osaurus permissions set ${shellWord(`${pluginId}/${toolId}`)} auto" approves it after all`,
    details: { plugin: pluginId, tool: toolId },
  });
}
