// The manifest of a native plugin ("Osaurus: Plugin Authoring", manifest reference): what the host reads of it today.
// Unknown members are ignored, at every level.

import * as z from "zod/mini";
import { HostError } from "./errors.ts";
import { describeIssues } from "./issue-text.ts";
import { lengthCheck } from "./length-check.ts";
import { MANIFEST_BYTES_MAX, PLUGIN_ID_CHARS_MAX, TOOL_ID_CHARS_MAX } from "./limits.ts";

const Text = z.string();
const filled = (charsMax: number) => z.string().check(z.trim(), lengthCheck({ min: 1, max: charsMax }));

const ManifestTool = z.object({
  id: filled(TOOL_ID_CHARS_MAX),
  /** What the model reads when it chooses a tool. */
  description: Text,
  /** JSON Schema of the arguments; absent when anything goes. */
  parameters: z.optional(z.record(z.string(), z.unknown())),
  requirements: z.optional(z.array(Text)),
  permission_policy: z.optional(Text),
});

const ManifestSchema = z.object({
  plugin_id: filled(PLUGIN_ID_CHARS_MAX),
  name: z.optional(Text),
  version: z.optional(Text),
  description: z.optional(Text),
  instructions: z.optional(Text),
  license: z.optional(Text),
  authors: z.optional(z.array(Text)),
  capabilities: z.object({ tools: z.optional(z.array(ManifestTool)) }),
});

export type ManifestTool = z.infer<typeof ManifestTool>;
export type Manifest = z.infer<typeof ManifestSchema>;

/** Whether a tool runs unasked. Absent and unknown words mean `ask`. */
export type PermissionPolicy = "auto" | "ask" | "deny";

export function permissionPolicy(tool: ManifestTool): PermissionPolicy {
  const policy = tool.permission_policy?.toLowerCase();
  return policy === "auto" || policy === "deny" ? policy : "ask";
}

/** Reads a manifest. Throws `manifest_invalid`, with the path of each mistake. */
export function parseManifest(text: string, label: string): Manifest {
  const fail = (problem: string): never => {
    throw new HostError("manifest_invalid", `Failed to parse plugin manifest of "${label}": ${problem}`, {
      hint: 'let get_manifest return valid JSON; "osaurus manifest extract LIB" prints what it returns now',
    });
  };
  if (Buffer.byteLength(text) > MANIFEST_BYTES_MAX) fail(`it is larger than ${MANIFEST_BYTES_MAX} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail(`not JSON: ${(error as Error).message}`);
  }
  const parsed = ManifestSchema.safeParse(json);
  if (!parsed.success) return fail(describeIssues(parsed.error, json));
  const ids = (parsed.data.capabilities.tools ?? []).map((tool) => tool.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) fail(`capabilities.tools: the id "${twice}" stands there twice`);
  return parsed.data;
}
