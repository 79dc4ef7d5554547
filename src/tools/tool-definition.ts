// What a tool says of itself to whoever chooses it, as it is remembered and compared: a hash of all of it, and a text that
// people can read. The same for native tools and for commands of process plugins.

import { createHash } from "node:crypto";
import { TOOL_DEFINITION_CHARS_MAX } from "../protocol/limits.ts";
import { type Manifest, type ManifestTool, type PermissionPolicy, permissionPolicy } from "../protocol/manifest.ts";
import { sortedMembers } from "../protocol/sorted-members.ts";
import type { ToolKey } from "./permissions.ts";

/** All that a definition is made of, as models are given it. */
export interface DefinitionParts {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
  readonly annotations?: object | undefined;
  readonly requirements: readonly string[];
  readonly policy: PermissionPolicy;
}

interface DefinitionText {
  /** SHA-256 of all parts, in hex; the order of members in objects and of requirements makes no difference. */
  readonly hash: string;
  /** To be read, a line for each thing; of a very long one its beginning. */
  readonly text: string;
}

/** A tool that can be compared with what is remembered of it. */
export interface DefinedTool extends ToolKey {
  /** The file by which its process plugin was found: others may have the same id. Installed native plugins need none. */
  readonly path?: string | undefined;
  /** Worked out once. */
  definition(): DefinitionText;
}

/** @param parts is asked when the definition is needed first. */
export function definedTool(
  { pluginId, toolId, path }: ToolKey & Pick<DefinedTool, "path">,
  parts: () => DefinitionParts,
): DefinedTool {
  let known: DefinitionText | undefined;
  return {
    pluginId,
    toolId,
    path,
    definition() {
      known ??= definitionText(parts());
      return known;
    },
  };
}

const known = new WeakMap<ManifestTool, DefinedTool>();

/** @param pluginId the plugin in whose manifest the tool stands. */
export function definedByManifest(pluginId: string, tool: ManifestTool): DefinedTool {
  let found = known.get(tool);
  if (found === undefined) {
    found = definedTool({ pluginId, toolId: tool.id }, () => ({
      name: tool.id,
      description: tool.description,
      parameters: tool.parameters,
      requirements: tool.requirements ?? [],
      policy: permissionPolicy(tool),
    }));
    known.set(tool, found);
  }
  return found;
}

/** All tools of a native plugin. */
export function definedTools(pluginId: string, { capabilities: { tools = [] } }: Manifest): DefinedTool[] {
  return tools.map((tool) => definedByManifest(pluginId, tool));
}

export function definitionText(parts: DefinitionParts): DefinitionText {
  const { name, description, parameters, annotations = {}, policy } = parts;
  const requirements = [...new Set(parts.requirements)].sort();
  // Plugins write the members of objects in any order, and some in another one each time.
  const schema = parameters === undefined ? undefined : sortedMembers(parameters);
  const hints = sortedMembers(annotations);
  const whole = JSON.stringify([name, description, schema ?? null, hints, requirements, policy]);
  const lines = [
    `name: ${name}`,
    `policy: ${policy}`,
    `requirements: ${requirements.join(", ") || "none"}`,
    ...Object.entries(hints).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    "description:",
    ...indented(description),
    schema === undefined ? "parameters: anything" : "parameters:",
    ...(schema === undefined ? [] : indented(JSON.stringify(schema, null, 2))),
  ];
  return { hash: createHash("sha256").update(whole).digest("hex"), text: cut(lines.join("\n")) };
}

/** Under its heading, so that no line of it is taken for a heading. */
function indented(text: string): string[] {
  return text.split("\n").map((line) => `  ${line}`);
}

function cut(text: string): string {
  if (text.length <= TOOL_DEFINITION_CHARS_MAX) return text.toWellFormed();
  return `${text.slice(0, TOOL_DEFINITION_CHARS_MAX).toWellFormed()}\n… (cut: ${text.length} characters in all)`;
}
