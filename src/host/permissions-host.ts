// The door to what people decide about plugins: grants of tools, calls that wait for consent, the names that both go by, and
// the hosts in private networks that plugins may reach.

import { mapLimit } from "../base/map-limit.ts";
import type { Paths } from "../base/paths.ts";
import { findInstalled, listInstalled } from "../plugins/native/installed.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { HostError } from "../protocol/errors.ts";
import { APPROVAL_MS_MAX, LOAD_PARALLEL_MAX } from "../protocol/limits.ts";
import type { Manifest, PermissionPolicy } from "../protocol/manifest.ts";
import type { Approval, ApprovalAnswer } from "../store/approval-rows.ts";
import { Approvals } from "../store/approvals.ts";
import { controlDb } from "../store/control-db.ts";
import { type Grant, Grants, type ToolName } from "../store/grants.ts";
import { type HostGrant, HostGrants, type HostName } from "../store/host-grants.ts";
import type { AskConsent } from "../tools/permissions.ts";
import { findToolByName, libraryTool } from "../tools/tool-names.ts";
import { type ConsentDeskOptions, createConsentDesk } from "./consent-desk.ts";
import { keptManifest, knownManifest } from "./known-manifest.ts";

/** How this host asks for consent. Without `askDirectly`, only other terminals can give it. */
export type ConsentOptions = Partial<Pick<ConsentDeskOptions, "waitMs" | "askDirectly" | "onWaiting">>;

export interface PermissionsHostOptions {
  readonly paths: Pick<Paths, "data">;
  readonly consent?: ConsentOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Loads an installed plugin that left no manifest when it was loaded last. */
  loadManifest(pluginId: string): Promise<Manifest>;
}

export interface PermissionsHost {
  /** What is remembered; for whoever calls tools. */
  readonly grants: Grants;
  /** Which hosts in private networks plugins may reach; for whoever makes their requests. */
  readonly hostGrants: HostGrants;
  /** Asks somebody; for whoever calls tools. */
  readonly ask: AskConsent;
  listGrants(): Promise<Grant[]>;
  /**
   * Decides about a tool of an installed plugin, or of a library, for one agent or (null) for all. Gives the tool, and the agents for whom
   * something else was decided. Fails with `tool_unknown`, `tool_ambiguous`, `plugin_unknown`.
   */
  set(name: string, policy: PermissionPolicy, agentId: string | null): Promise<{ tool: ToolName; others: Grant[] }>;
  /** Forgets decisions, all of them or those about one tool or agent; gives those that there were. */
  reset(filter: { name?: string | undefined; agentId?: string | undefined }): Promise<Grant[]>;
  listHosts(): Promise<HostGrant[]>;
  /** Lets a plugin reach a host. Gives false when it could already. */
  allowHost(target: HostName): Promise<boolean>;
  /** Takes that back; gives what was taken back, and what still lets the plugin reach the host. */
  revokeHost(target: HostName): Promise<{ gone: HostGrant[]; left: HostGrant[] }>;
  /** Forgets all that was decided about the tools and hosts of a plugin, and in every host what was allowed for a session. */
  forgetPlugin(pluginId: string): Promise<void>;
  listApprovals(): Promise<Approval[]>;
  /** Answers a call that waits. Fails with `approval_unknown` and `approval_settled`. */
  answer(id: string, answer: ApprovalAnswer): Promise<Approval>;
  /** Takes back the questions of this host and closes its database. Safe to call twice. */
  close(): void;
}

/** Opens nothing yet. */
export function openPermissions(options: PermissionsHostOptions): PermissionsHost {
  const db = controlDb(options.paths.data);
  const grants = new Grants(db);
  const hostGrants = new HostGrants(db);
  const approvals = new Approvals(db);
  const { waitMs = APPROVAL_MS_MAX, askDirectly, onWaiting } = options.consent ?? {};
  return {
    grants,
    hostGrants,
    ask: createConsentDesk({ approvals, grants, waitMs, askDirectly, onWaiting, signal: options.signal }),
    listGrants: () => grants.list(),
    async set(name, policy, agentId) {
      const tool = libraryTool(name) ?? (await installedTool(options, name));
      await grants.set({ ...tool, policy, agentId });
      const all = await grants.list({ tool });
      const others = agentId === null ? all.filter((one) => one.agentId !== null && one.policy !== policy) : [];
      return { tool, others };
    },
    async reset({ name, agentId }) {
      const tool = name === undefined ? undefined : await rememberedTool(options, await grants.list(), name);
      return await grants.reset({ tool, agentId });
    },
    async forgetPlugin(pluginId) {
      // Other hosts learn through the file that what they allowed for a session has ended, so there has to be one.
      await db.openForWrite();
      await grants.reset({ pluginId });
      await hostGrants.forgetPlugin(pluginId);
    },
    listHosts: () => hostGrants.list(),
    allowHost: (target) => hostGrants.allow(target),
    async revokeHost(target) {
      const gone = await hostGrants.revoke(target);
      const all = await hostGrants.list();
      return { gone, left: all.filter((one) => one.pluginId === target.pluginId && one.host === target.host) };
    },
    listApprovals: () => approvals.list(),
    answer: (id, answer) => approvals.answer(id, answer, "approval"),
    close() {
      approvals.close();
      db.close();
    },
  };
}

/** A plugin may be gone, and what was decided about its tools is not: that can still be named. */
async function rememberedTool(
  options: PermissionsHostOptions,
  grants: readonly Grant[],
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

async function installedTool(options: PermissionsHostOptions, name: string): Promise<ToolName> {
  const slash = name.indexOf("/");
  const exact = slash === -1 ? undefined : await findInstalled(toolsFolder(options.paths), name.slice(0, slash));
  if (exact !== undefined) {
    const manifest = knownManifest(exact) ?? (await options.loadManifest(exact.pluginId));
    return toolIn([manifest], name.slice(slash + 1), exact.pluginId);
  }
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
    return toolIn(
      manifests.filter((one) => one !== undefined),
      name,
    );
  } catch (error) {
    throw unreadable.length > 0 ? withUnreadable(error, unreadable.sort()) : error;
  }
}

function toolIn(manifests: readonly Manifest[], name: string, pluginId?: string): ToolName {
  const { plugin, tool } = findToolByName(manifests, name, pluginId);
  return { pluginId: plugin.plugin_id, toolId: tool.id };
}

function withUnreadable(error: unknown, pluginIds: readonly string[]): unknown {
  if (!(error instanceof HostError) || error.code !== "tool_unknown") return error;
  return new HostError(error.code, error.message, {
    hint: `it may be one of a plugin that does not load now, run "osaurus tools list": ${pluginIds.join(", ")}`,
    details: { unreadable: pluginIds },
    cause: error,
  });
}
