// All that is known of an installed native plugin, for whoever looks after it: what it says of itself, what its installation
// says, what was decided about its tools. Of one that does not load, as far as files tell; nothing of a plugin runs for it.

import { join } from "node:path";
import { hideCredentials } from "../base/hide-credentials.ts";
import type { Paths } from "../base/paths.ts";
import { withoutDev } from "../plugins/native/dev-version.ts";
import { findInstalled, versionsIn } from "../plugins/native/installed.ts";
import { isHeld, readQuarantine } from "../plugins/native/quarantine.ts";
import { isUnsigned, libraryHash, type Receipt, readReceipt } from "../plugins/native/receipt.ts";
import { rollbackTarget } from "../plugins/native/rollback.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import type { Agent } from "../protocol/agent.ts";
import type { PluginDetailsDocument } from "../protocol/api/plugin-details.ts";
import { type Manifest, type ManifestTool, requirementsOf } from "../protocol/manifest.ts";
import { definedTools } from "../tools/tool-definition.ts";
import { factsOf } from "../tools/tool-facts.ts";
import type { NativePluginStatus } from "./installed-plugins.ts";
import { knownManifest } from "./known-manifest.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import { readPluginDocs } from "./plugin-docs.ts";
import { pluginDocument } from "./plugin-document.ts";

export interface PluginDetails {
  /** What a list has of a plugin: besides how it fares, what it is called, its versions, and where it is from. */
  row(status: NativePluginStatus): Promise<PluginDetailsDocument["plugin"]>;
  /** Everything. Fails with `store_broken` when what was decided about its tools cannot be read. */
  show(status: NativePluginStatus, agent: Agent): Promise<PluginDetailsDocument>;
}

export interface PluginDetailsOptions {
  readonly paths: Pick<Paths, "data">;
  permissions(): Promise<Pick<PermissionsHost, "grants" | "definitions">>;
}

export function openPluginDetails({ paths, permissions }: PluginDetailsOptions): PluginDetails {
  const tools = toolsFolder(paths);
  return {
    row: async (status) => (await lookAt(tools, status)).row,
    async show(status, agent) {
      const { pluginId, version, loaded } = status;
      const { row, manifest, receipt, folder, versions } = await lookAt(tools, status);
      const { capabilities, docs, authors = [], license = null } = manifest ?? NOTHING_SAID;
      const [texts, toolRows] = await Promise.all([
        readPluginDocs(join(folder, version), docs),
        toolsOf(await permissions(), pluginId, capabilities.tools ?? [], agent.id, loaded?.manifest),
      ]);
      return {
        plugin: row,
        agent: { id: agent.id, name: agent.name },
        authors: [...authors],
        license,
        readme: docDocument(texts.readme),
        changelog: docDocument(texts.changelog),
        links: (docs?.links ?? []).map(({ label, url }) => ({ label, url })),
        tools: toolRows,
        requirements: manifest === undefined ? [] : requirementsOf(manifest),
        routes: (capabilities.routes ?? []).map(({ id, path, methods, auth, description, tunnel_exposed }) => ({
          ...{ id, path, methods, auth, tunnel_exposed },
          description: description ?? null,
        })),
        web: webOf(capabilities.web),
        has_settings: capabilities.config !== undefined || (manifest?.secrets ?? []).length > 0,
        receipt: receipt === undefined ? null : receiptDocument(receipt),
        versions: versionRows(folder, versions, version),
        rollback_to: (await rollbackTarget(folder)) ?? null,
        quarantine: quarantineOf(tools, pluginId, version),
      };
    },
  };
}

const NOTHING_SAID: Pick<Manifest, "capabilities" | "docs" | "authors" | "license"> = { capabilities: {} };

/** What both need: one look at the files. */
async function lookAt(tools: string, status: NativePluginStatus) {
  const { pluginId, version, loaded } = status;
  const folder = join(tools, pluginId);
  const versions = await versionsIn(folder);
  const receipt = await readReceipt(join(folder, version)).catch(() => undefined);
  const installed = loaded === undefined ? await findInstalled(tools, pluginId) : undefined;
  const manifest = loaded?.manifest ?? (installed && knownManifest(installed));
  const { name, description } = manifest ?? {};
  const row = {
    ...pluginDocument(status),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    versions,
    ...(receipt === undefined ? {} : { source: hideCredentials(receipt.artifact.url) }),
  };
  return { row, manifest, receipt, folder, versions };
}

async function toolsOf(
  { grants, definitions }: Pick<PermissionsHost, "grants" | "definitions">,
  pluginId: string,
  tools: readonly ManifestTool[],
  agentId: string,
  loaded: Manifest | undefined,
): Promise<PluginDetailsDocument["tools"]> {
  // Before a plugin was loaded, what its package says of it is not to be remembered as what was approved.
  const heldBack =
    loaded === undefined ? undefined : await definitions.notice(pluginId, definedTools(pluginId, loaded));
  return await Promise.all(
    tools.map(async (tool) => {
      const { policy, ungrantable } = factsOf(pluginId, tool);
      const { id, description, parameters = null, requirements = [] } = tool;
      const refusal = heldBack?.get(id);
      return {
        ...{ id, description, requirements: [...requirements], ungrantable: [...ungrantable], policy },
        schema: parameters,
        effective_policy: (await grants.policyOf({ pluginId, toolId: id }, agentId)) ?? policy,
        ...(refusal === undefined ? {} : { held_back: refusal.toBody().error }),
      };
    }),
  );
}

function docDocument(doc: { readonly text: string; readonly isCut: boolean } | undefined) {
  return doc === undefined ? null : { text: doc.text, is_cut: doc.isCut };
}

function webOf(web: Manifest["capabilities"]["web"]) {
  if (web === undefined) return null;
  const { mount, auth, tunnel_exposed } = web;
  return { mount, auth, tunnel_exposed };
}

function receiptDocument(receipt: Receipt): NonNullable<PluginDetailsDocument["receipt"]> {
  const { installed_at, artifact, public_keys, dylib_filename, dev } = receipt;
  const key = artifact.minisign?.key_id ?? public_keys?.["minisign"] ?? null;
  return {
    installed_at: timeOf(installed_at),
    source: hideCredentials(artifact.url),
    signed_by: isUnsigned(receipt) ? null : key,
    library: dylib_filename,
    sha256: libraryHash(receipt),
    ...(dev === undefined ? {} : { dev: { project: dev.project, built_at: dev.built_at } }),
  };
}

/** What other hosts write counts from here, in seconds. */
const YEAR_2001_MS = Date.UTC(2001, 0, 1);

function timeOf(written: string | number): string | null {
  const time = new Date(typeof written === "number" ? YEAR_2001_MS + written * 1_000 : written);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function versionRows(folder: string, versions: readonly string[], active: string) {
  const installed = new Set(withoutDev(folder, versions));
  return versions.map((version) => ({ version, is_active: version === active, is_dev: !installed.has(version) }));
}

function quarantineOf(tools: string, pluginId: string, version: string) {
  const entry = readQuarantine(tools).find((one) => one.id === pluginId && isHeld(one, version));
  return entry === undefined ? null : { reason: entry.reason ?? null };
}
