// What is worked out once for each tool, because every call of it needs it.

import {
  type ManifestTool,
  type PermissionPolicy,
  permissionPolicy,
  systemRequirements,
} from "../protocol/manifest.ts";
import { type ArgumentCheck, prepareCheck } from "./argument-check.ts";
import type { ToolKey } from "./permissions.ts";
import { type DefinedTool, definedByManifest } from "./tool-definition.ts";

export interface ToolFacts {
  readonly key: ToolKey;
  /** What is compared with what was approved. */
  readonly defined: DefinedTool;
  /** What the manifest says; decisions of people come before it. */
  readonly policy: PermissionPolicy;
  /** Requirements that nobody can grant on this system. */
  readonly ungrantable: readonly string[];
  /** Ready, once it was awaited. */
  check: ArgumentCheck | Promise<ArgumentCheck>;
  /** What was noted of the tool, which is done once. */
  readonly noted: Set<string>;
}

const known = new WeakMap<ManifestTool, ToolFacts>();

/** @param pluginId the plugin in whose manifest the tool stands. */
export function factsOf(pluginId: string, tool: ManifestTool): ToolFacts {
  let facts = known.get(tool);
  if (facts === undefined) {
    facts = {
      key: { pluginId, toolId: tool.id },
      defined: definedByManifest(pluginId, tool),
      policy: permissionPolicy(tool),
      ungrantable: ungrantable(tool.requirements ?? [], process.platform),
      check: prepareCheck(tool),
      noted: new Set(),
    };
    known.set(tool, facts);
  }
  return facts;
}

/** On macOS it is for the system to say, when the plugin reaches for what it wants; elsewhere there is nobody to ask. */
export function ungrantable(requirements: readonly string[], platform: NodeJS.Platform): string[] {
  return platform === "darwin" ? [] : systemRequirements(requirements);
}
