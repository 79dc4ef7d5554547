// The door to what people decide about plugins: grants of tools, calls that wait for consent, tools whose definition changed,
// the names that all these go by, and the hosts in private networks that plugins may reach.

import { mapLimit } from "../base/map-limit.ts";
import type { Paths } from "../base/paths.ts";
import { findInstalled, listInstalled } from "../plugins/native/installed.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { HostError } from "../protocol/errors.ts";
import { APPROVAL_MS_MAX, LOAD_PARALLEL_MAX } from "../protocol/limits.ts";
import type { Manifest, PermissionPolicy } from "../protocol/manifest.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import type { Approval, ApprovalAnswer, KeptArguments } from "../store/approval-rows.ts";
import { Approvals } from "../store/approvals.ts";
import type { ControlDb } from "../store/control-db.ts";
import { type DefinitionApproval, DefinitionApprovals } from "../store/definition-approvals.ts";
import { type Grant, Grants, type SessionGrant, type ToolName } from "../store/grants.ts";
import { type HostGrant, HostGrants, type HostName } from "../store/host-grants.ts";
import { ToolDefinitions } from "../store/tool-definitions.ts";
import { type DefinitionGuard, RememberedDefinitions } from "../tools/definition-guard.ts";
import type { AskConsent } from "../tools/permissions.ts";
import { type DefinedTool, definedByManifest, definedTools } from "../tools/tool-definition.ts";
import { findToolByName, libraryTool } from "../tools/tool-names.ts";
import { callerScope } from "./caller-scope.ts";
import { type ConsentDeskOptions, createConsentDesk } from "./consent-desk.ts";
import { isDevBuild } from "./dev-build.ts";
import { keptManifest, knownManifest } from "./known-manifest.ts";
import type { ProcessOwner } from "./process-shelf-tool.ts";

/** How this host asks for consent. Without `askDirectly`, only other terminals can give it. */
export type ConsentOptions = Partial<Pick<ConsentDeskOptions, "waitMs" | "askDirectly" | "onWaiting">>;

export interface PermissionsHostOptions {
  readonly paths: Pick<Paths, "data">;
  readonly db: ControlDb;
  readonly consent?: ConsentOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Loads an installed plugin that left no manifest when it was loaded last. */
  loadManifest(pluginId: string): Promise<Manifest>;
  /** Commands of process plugins that are tools; without it, none is known. */
  processOwners?(): Promise<readonly ProcessOwner[]>;
}

export interface PermissionsHost {
  /** What is remembered; for whoever calls tools. */
  readonly grants: Grants;
  /** Which hosts in private networks plugins may reach; for whoever makes their requests. */
  readonly hostGrants: HostGrants;
  /** Asks somebody; for whoever calls tools. */
  readonly ask: AskConsent;
  /** Holds back tools that are not what they were; for whoever loads, lists or calls them. */
  readonly definitions: DefinitionGuard;
  listGrants(): Promise<Grant[]>;
  /** What was decided for sessions of this host, and is remembered nowhere. */
  listSessionGrants(): Promise<SessionGrant[]>;
  /** Forgets what was decided for a conversation that is over. */
  endSession(id: string): void;
  /**
   * Decides about a tool of an installed plugin, or of a library, for one agent or (null) for all. Who lets it run always
   * approves its definition as it is now. Gives the tool, and the agents for whom something else was decided. Fails with
   * `tool_unknown`, `tool_ambiguous`, `plugin_unknown`.
   */
  set(name: string, policy: PermissionPolicy, agentId: string | null): Promise<{ tool: ToolName; others: Grant[] }>;
  /**
   * Forgets decisions, all of them or those about one tool or agent, and in any case all that was decided for sessions; gives
   * those that there were.
   */
  reset(filter: { name?: string | undefined; agentId?: string | undefined }): Promise<(Grant | SessionGrant)[]>;
  listHosts(): Promise<HostGrant[]>;
  /** Lets a plugin reach a host. Gives false when it could already. */
  allowHost(target: HostName): Promise<boolean>;
  /** Takes that back; gives what was taken back, and what still lets the plugin reach the host. */
  revokeHost(target: HostName): Promise<{ gone: HostGrant[]; left: HostGrant[] }>;
  /** Forgets all that was decided about the tools and hosts of a plugin, and in every host what was allowed for a session. */
  forgetPlugin(pluginId: string): Promise<void>;
  listApprovals(): Promise<Approval[]>;
  /** Tools whose definition changed and was not decided about yet. */
  listDefinitions(): Promise<DefinitionApproval[]>;
  /** The whole arguments of a call that waits, for whoever wants to change them. Fails as `answer`. */
  argumentsOf(id: string): Promise<KeptArguments>;
  /**
   * Answers a call that waits, or a change of a definition. Fails with `approval_unknown` and `approval_settled`. Other
   * arguments are checked first: with `arguments_invalid`, `input_too_large` and `usage_invalid`, nothing was answered.
   *
   * @param answer `remember` may be left out: a definition is answered for good, a call once.
   */
  answer(id: string, answer: WantedAnswer): Promise<Answered>;
  /** Takes back the questions of this host. Safe to call twice. */
  close(): void;
}

export type WantedAnswer = Omit<ApprovalAnswer, "remember"> & Partial<Pick<ApprovalAnswer, "remember">>;

/** What an answer was about. */
export interface Answered extends ToolName {
  readonly id: string;
  readonly kind: "call" | "definition";
  /** Null: all agents. */
  readonly agentId: string | null;
  /** Whose session it is that an answer for the session holds for; undefined: the program's that asked. */
  readonly conversation?: string | undefined;
  readonly remember: ApprovalAnswer["remember"];
}

/** Opens nothing yet. */
export function openPermissions(options: PermissionsHostOptions): PermissionsHost {
  const { db } = options;
  const grants = new Grants(db, () => callerScope()?.session);
  const hostGrants = new HostGrants(db);
  const approvals = new Approvals(db);
  const isOwnBuild = (pluginId: string, path: string | undefined) => isDevBuild(options.paths, pluginId, path);
  const kept = new ToolDefinitions(options.paths.data);
  const definitions = new RememberedDefinitions(kept, new DefinitionApprovals(db), isOwnBuild);
  const { waitMs = APPROVAL_MS_MAX, askDirectly, onWaiting } = options.consent ?? {};
  return {
    grants,
    hostGrants,
    definitions,
    ask: createConsentDesk({ approvals, grants, waitMs, askDirectly, onWaiting, signal: options.signal }),
    listGrants: () => grants.list(),
    listSessionGrants: () => grants.listForSessions(),
    endSession: (id) => grants.endSession(id),
    async set(name, policy, agentId) {
      const { defined, ...tool }: FoundTool = libraryTool(name) ?? (await installedTool(options, name));
      await grants.set({ ...tool, policy, agentId });
      if (policy === "auto" && defined !== undefined && !isOwnBuild(tool.pluginId, defined.path))
        await definitions.approve(tool.pluginId, [defined]);
      const all = await grants.list({ tool });
      const others = agentId === null ? all.filter((one) => one.agentId !== null && one.policy !== policy) : [];
      return { tool, others };
    },
    async reset({ name, agentId }) {
      const known = async () => [...(await grants.list()), ...(await grants.listForSessions())];
      const tool = name === undefined ? undefined : await rememberedTool(options, await known(), name);
      return await grants.reset({ tool, agentId });
    },
    async forgetPlugin(pluginId) {
      // Other hosts learn through the file that what they allowed for a session has ended, so there has to be one.
      await db.openForWrite();
      await grants.reset({ pluginId });
      await hostGrants.forgetPlugin(pluginId);
      await definitions.forget(pluginId);
    },
    listHosts: () => hostGrants.list(),
    allowHost: (target) => hostGrants.allow(target),
    async revokeHost(target) {
      const gone = await hostGrants.revoke(target);
      const all = await hostGrants.list();
      return { gone, left: all.filter((one) => one.pluginId === target.pluginId && one.host === target.host) };
    },
    listApprovals: () => approvals.list(),
    async listDefinitions() {
      await noticeInstalled(options, definitions);
      return await definitions.list();
    },
    argumentsOf: (id) => approvals.arguments(id),
    async answer(id, { allow, remember, edited }) {
      if (edited !== undefined && (!allow || (await definitions.isOne(id)))) throw nothingToEdit();
      const forGood = { allow, remember: remember ?? "always" } as const;
      const changed = await definitions.answer(id, forGood);
      if (changed !== undefined) return { ...changed, kind: "definition", agentId: null, remember: "always" };
      const checked =
        edited === undefined ? undefined : await (await import("./check-edited.ts")).checkEdited(approvals, id, edited);
      const answer = { allow, remember: remember ?? "once", edited: checked } as const;
      return { ...(await approvals.answer(id, answer, "approval")), kind: "call", remember: answer.remember };
    },
    close: () => approvals.close(),
  };
}

function nothingToEdit(): HostError {
  return new HostError("usage_invalid", "only a call that is allowed can be made with other arguments", {
    hint: "leave the arguments out",
  });
}

/** A tool and, where it is there to be compared, what it says of itself. */
interface FoundTool extends ToolName {
  readonly defined?: DefinedTool;
}

/** What was installed since is compared as far as files tell, so that nobody has to call a tool to see that it changed. */
async function noticeInstalled({ paths }: PermissionsHostOptions, definitions: RememberedDefinitions): Promise<void> {
  for (const plugin of await listInstalled(toolsFolder(paths))) {
    try {
      if (!definitions.isKnown(plugin.pluginId)) continue;
      const manifest = knownManifest(plugin);
      if (manifest === undefined) continue;
      const tools = definedTools(plugin.pluginId, manifest);
      await definitions.notice(plugin.pluginId, tools);
      await definitions.settleApproved(plugin.pluginId, tools);
    } catch (error) {
      // What cannot be compared is told by each call; what waits of other plugins is shown all the same.
      if (!(error instanceof HostError)) throw error;
    }
  }
}

/** A plugin may be gone, and what was decided about its tools is not: that can still be named. */
async function rememberedTool(
  options: PermissionsHostOptions,
  grants: readonly ToolName[],
  name: string,
): Promise<ToolName> {
  // Before all others: tools may have any id, also one that looks like this.
  const ofLibrary = libraryTool(name);
  if (ofLibrary !== undefined) return ofLibrary;
  const known = new Map<string, Set<string>>();
  for (const { pluginId, toolId } of grants) {
    known.set(pluginId, (known.get(pluginId) ?? new Set()).add(toolId));
  }
  const owners = [...known].map(([plugin_id, ids]) => ({
    plugin_id,
    capabilities: { tools: [...ids].map((id) => ({ id })) },
  }));
  try {
    const { plugin, tool } = findToolByName(owners, name);
    return { pluginId: plugin.plugin_id, toolId: tool.id };
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "tool_unknown") throw error;
    // Nothing is remembered of it. Whether there is such a tool at all is worth telling a person who mistyped.
    return await installedTool(options, name);
  }
}

async function installedTool(options: PermissionsHostOptions, name: string): Promise<FoundTool> {
  if (name.startsWith(PROCESS_ID_PREFIX)) return await processToolNamed(options, name.slice(PROCESS_ID_PREFIX.length));
  const slash = name.indexOf("/");
  const exact = slash === -1 ? undefined : await findInstalled(toolsFolder(options.paths), name.slice(0, slash));
  if (exact !== undefined) {
    const manifest = knownManifest(exact) ?? (await options.loadManifest(exact.pluginId));
    return toolIn([manifest], name.slice(slash + 1), exact.pluginId);
  }
  const owners = (await options.processOwners?.()) ?? [];
  const owner = slash === -1 ? undefined : owners.find(({ plugin_id: id }) => id === name.slice(0, slash));
  if (owner !== undefined) return toolIn([owner], name.slice(slash + 1), owner.plugin_id);
  const installed = await listInstalled(toolsFolder(options.paths));
  const unreadable: string[] = [];
  const manifests = await mapLimit(installed, LOAD_PARALLEL_MAX, async (plugin) => {
    try {
      return keptManifest(plugin) ?? (await options.loadManifest(plugin.pluginId));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      unreadable.push(plugin.pluginId);
      return undefined;
    }
  });
  try {
    return toolIn([...manifests.filter((one) => one !== undefined), ...owners], name);
  } catch (error) {
    throw unreadable.length > 0 ? withUnreadable(error, unreadable.sort()) : error;
  }
}

/** A command that is named with its plugin, so that no plugin of the other kind is meant. */
async function processToolNamed(options: PermissionsHostOptions, name: string): Promise<FoundTool> {
  const owners = (await options.processOwners?.()) ?? [];
  const slash = name.indexOf("/");
  const owner = slash === -1 ? undefined : owners.find(({ plugin_id: id }) => id === name.slice(0, slash));
  return owner === undefined ? toolIn(owners, name) : toolIn([owner], name.slice(slash + 1), owner.plugin_id);
}

function toolIn(owners: readonly (Manifest | ProcessOwner)[], name: string, pluginId?: string): FoundTool {
  const named = owners.map((owner) => ("grantsId" in owner ? owner : manifestOwner(owner)));
  const { plugin, tool } = findToolByName(named, name, pluginId);
  return { pluginId: plugin.grantsId, toolId: tool.id, defined: tool.defined };
}

function manifestOwner({ plugin_id, capabilities }: Manifest): ProcessOwner {
  const tools = (capabilities.tools ?? []).map((tool) => ({
    id: tool.id,
    defined: definedByManifest(plugin_id, tool),
  }));
  return { plugin_id, grantsId: plugin_id, capabilities: { tools } };
}

function withUnreadable(error: unknown, pluginIds: readonly string[]): unknown {
  if (!(error instanceof HostError) || error.code !== "tool_unknown") return error;
  return new HostError(error.code, error.message, {
    hint: `it may be one of a plugin that does not load now, run "osaurus tools list": ${pluginIds.join(", ")}`,
    details: { unreadable: pluginIds },
    cause: error,
  });
}
