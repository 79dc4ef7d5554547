// The manifest of a native plugin ("Osaurus: Plugin Authoring", manifest reference): its shape, and the one reader that
// decides whether a text is one. Unknown members are ignored, at every level. What only its author should be told is
// found by src/host/check-manifest.ts.

import * as z from "zod/mini";
import { HostError } from "./errors.ts";
import { describeMistakes, listIssues } from "./issue-text.ts";
import { jsonBeyond } from "./json-bounds.ts";
import {
  JSON_DEPTH_MAX,
  MANIFEST_BYTES_MAX,
  MANIFEST_KEY_CHARS_MAX,
  MANIFEST_NAMES_MAX,
  MANIFEST_ROUTES_MAX,
  MANIFEST_SECRETS_MAX,
  MANIFEST_TOOLS_MAX,
  MANIFEST_VALUES_MAX,
  PLUGIN_ID_CHARS_MAX,
  TOOL_ID_CHARS_MAX,
  TOOL_SCHEMA_BYTES_MAX,
} from "./limits.ts";
import { ManifestConfig } from "./manifest-config.ts";
import { ManifestRoute, ManifestWeb } from "./manifest-routes.ts";
import { anyObject, freeText, list, members, name, texts } from "./manifest-shape.ts";
import { checkTogether, type ManifestMistake } from "./manifest-together.ts";

const ManifestTool = members({
  id: name(TOOL_ID_CHARS_MAX),
  /** What the model reads when it chooses a tool. */
  description: freeText,
  /** JSON Schema of the arguments; absent when anything goes. */
  parameters: z.optional(
    anyObject.check(
      z.refine(
        (schema) => Buffer.byteLength(JSON.stringify(schema)) <= TOOL_SCHEMA_BYTES_MAX,
        `must be at most ${TOOL_SCHEMA_BYTES_MAX} bytes of JSON`,
      ),
    ),
  ),
  requirements: z.optional(texts),
  permission_policy: z.optional(freeText),
});

const ManifestSecret = members({
  /** What the value is stored under. */
  id: name(MANIFEST_KEY_CHARS_MAX),
  label: freeText,
  required: z._default(z.boolean(), true),
  description: z.optional(freeText),
  /** Where to get it. */
  url: z.optional(freeText),
});

const ManifestDocs = members({
  readme: z.optional(freeText),
  changelog: z.optional(freeText),
  links: z.optional(list(members({ label: freeText, url: freeText }), MANIFEST_NAMES_MAX)),
});

export const Manifest = members({
  /** Also the name of a folder and a part of URLs. */
  plugin_id: name(PLUGIN_ID_CHARS_MAX).check(
    z.refine((id) => !/^\.|[/\\]/.test(id), 'must not begin with "." or contain a slash'),
  ),
  name: z.optional(freeText),
  version: z.optional(freeText),
  description: z.optional(freeText),
  /** For the model, when the plugin itself starts inference. */
  instructions: z.optional(freeText),
  license: z.optional(freeText),
  authors: z.optional(texts),
  min_macos: z.optional(freeText),
  min_osaurus: z.optional(freeText),
  secrets: z.optional(list(ManifestSecret, MANIFEST_SECRETS_MAX)),
  docs: z.optional(ManifestDocs),
  capabilities: members({
    tools: z.optional(list(ManifestTool, MANIFEST_TOOLS_MAX)),
    routes: z.optional(list(ManifestRoute, MANIFEST_ROUTES_MAX)),
    web: z.optional(ManifestWeb),
    config: z.optional(ManifestConfig),
    /** Whether every shared artifact is shown to the plugin. */
    artifact_handler: z.optional(z.boolean()),
  }),
});

/** The names at the top. */
export const MANIFEST_MEMBERS: readonly string[] = Object.keys(Manifest._zod.def.out._zod.def.shape);

export type ManifestTool = z.infer<typeof ManifestTool>;
export type Manifest = z.infer<typeof Manifest>;

/** Whether a tool runs unasked. Absent and unknown words mean `ask`. */
export type PermissionPolicy = "auto" | "ask" | "deny";

export function permissionPolicy(tool: Pick<ManifestTool, "permission_policy">): PermissionPolicy {
  const policy = tool.permission_policy?.toLowerCase();
  return policy === "auto" || policy === "deny" ? policy : "ask";
}

/** What the tools need, all together: each once, in order. It is what somebody consents to at the installation. */
export function requirementsOf(manifest: Manifest): string[] {
  const all = (manifest.capabilities.tools ?? []).flatMap((tool) => tool.requirements ?? []);
  return [...new Set(all)].sort();
}

const SYSTEM_REQUIREMENTS: ReadonlySet<string> = new Set([
  "accessibility",
  "automation",
  "automation_calendar",
  "calendar",
  "camera",
  "contacts",
  "disk",
  "location",
  "maps",
  "microphone",
  "notes",
  "reminders",
  "screen_recording",
]);

/** Those requirements that only macOS can grant, after asking its user. */
export function systemRequirements(requirements: readonly string[]): string[] {
  return requirements.filter((requirement) => SYSTEM_REQUIREMENTS.has(requirement.trim().toLowerCase()));
}

/** Reads a manifest. Throws `manifest_invalid`, with the path of each mistake, and `mount_overlap`. */
export function parseManifest(text: string, label: string): Manifest {
  const { manifest, mistakes } = readManifest(text);
  if (manifest !== undefined) return manifest;
  const overlap = mistakes[0]?.overlap;
  if (overlap !== undefined && mistakes.every((mistake) => mistake.overlap !== undefined)) {
    throw new HostError("mount_overlap", overlap, { hint: "move the route or change the web.mount in the manifest" });
  }
  const problem = describeMistakes(mistakes);
  throw new HostError("manifest_invalid", `Failed to parse plugin manifest of "${label}": ${problem}`, {
    hint: 'let get_manifest return valid JSON; "osaurus manifest extract LIB" prints what it returns now',
  });
}

/** The manifest, or all that is wrong with it. */
export type ManifestReading =
  | { readonly manifest: Manifest; readonly mistakes?: undefined }
  | { readonly manifest?: undefined; readonly mistakes: readonly ManifestMistake[] };

/** Reads a manifest and judges it; never throws. */
export function readManifest(text: string): ManifestReading {
  if (Buffer.byteLength(text) > MANIFEST_BYTES_MAX) return broken(`is larger than ${MANIFEST_BYTES_MAX} bytes`);
  const beyond = jsonBeyond(text, { depthMax: JSON_DEPTH_MAX, valuesMax: MANIFEST_VALUES_MAX });
  if (beyond === "depth") return broken(`nests deeper than ${JSON_DEPTH_MAX} levels`);
  if (beyond === "values") return broken(`has more than ${MANIFEST_VALUES_MAX} values`);
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    return broken(`is not JSON: ${(error as Error).message}`, { isSyntax: true });
  }
  try {
    const parsed = Manifest.safeParse(json);
    const together = checkTogether(parsed.data ?? json);
    if (parsed.success && together.length === 0) return { manifest: parsed.data };
    const single = parsed.success ? [] : listIssues(parsed.error, json);
    return { mistakes: [...single, ...together] };
  } catch (error) {
    // The library collects mistakes as arguments of a call, and so many do not fit on the stack.
    if (error instanceof RangeError) return broken("has too many mistakes to list");
    throw error;
  }
}

function broken(message: string, more: { isSyntax?: true } = {}): ManifestReading {
  return { mistakes: [{ path: "the document", message, ...more }] };
}
