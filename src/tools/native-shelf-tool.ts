// A tool of a native plugin as models and MCP clients are told of it.

import { type ManifestTool, permissionPolicy } from "../protocol/manifest.ts";
import { visibleJson, visibleText } from "../protocol/visible-text.ts";
import type { ShelfTool } from "./shelf.ts";
import { isObject } from "./tidy-schema.ts";

export function nativeShelfTool(pluginId: string, tool: ManifestTool): Omit<ShelfTool, "name"> {
  return {
    kind: "native",
    pluginId,
    toolId: tool.id,
    description: visibleText(tool.description),
    inputSchema: forModels(tool.parameters),
    // Manifests say nothing of a tool's effects, and nothing is claimed that nobody knows.
    annotations: {},
    requirements: (tool.requirements ?? []).map(visibleText),
    policy: permissionPolicy(tool),
  };
}

/** Models and MCP clients want an object at the top, with its members named; calls are judged by what the manifest says. */
function forModels(parameters: ManifestTool["parameters"]): Readonly<Record<string, unknown>> {
  const schema = parameters === undefined ? {} : (visibleJson(parameters) as Record<string, unknown>);
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  return { ...schema, type: "object", properties };
}
