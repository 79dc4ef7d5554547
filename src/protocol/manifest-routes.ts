// Routes and web UI of a plugin, as its manifest declares them ("Osaurus: Routes and Web"). What comes out of the schemas
// is normalised: paths and mounts begin with "/", methods are upper case, what was left out has its default.

import * as z from "zod/mini";
import { lengthCheck } from "./length-check.ts";
import { MANIFEST_NAMES_MAX, MANIFEST_PATH_CHARS_MAX, TOOL_ID_CHARS_MAX } from "./limits.ts";
import { freeText, list, members, name, shortText } from "./manifest-shape.ts";

/** Who may call: anybody; anybody, and the plugin itself checks a signature; whoever holds a key of this host. */
const ROUTE_AUTHS = ["none", "verify", "owner"] as const;

const path = shortText(MANIFEST_PATH_CHARS_MAX);
const METHODS_NEEDED = "must name at least one method";

export const ManifestRoute = members({
  /** Handed over as `route_id`. */
  id: name(TOOL_ID_CHARS_MAX),
  path: z.pipe(path, z.transform(withLeadingSlash)),
  methods: z.pipe(
    list(name(TOOL_ID_CHARS_MAX), MANIFEST_NAMES_MAX).check(lengthCheck({ min: 1, tooShort: METHODS_NEEDED })),
    z.transform((methods: string[]) => methods.map((method) => method.trim().toUpperCase())),
  ),
  description: z.optional(freeText),
  /** A route that does not say is the owner's. */
  auth: z._default(z.enum(ROUTE_AUTHS), "owner"),
  tunnel_exposed: z._default(z.boolean(), false),
});

export const ManifestWeb = members({
  /** Relative to the folder of the version. */
  static_dir: path.check(z.refine(staysInside, "must be a path inside the plugin's own folder")),
  /** Relative to `static_dir`. */
  entry: path.check(z.refine(staysInside, "must be a path inside static_dir")),
  mount: z.pipe(path, z.transform(normalMount)),
  auth: z.enum(ROUTE_AUTHS),
  /** Below which the page finds the plugin's own routes. */
  api_mount: z.pipe(z._default(path, ""), z.transform(normalApiMount)),
  tunnel_exposed: z._default(z.boolean(), false),
});

export type ManifestRoute = z.infer<typeof ManifestRoute>;
export type ManifestWeb = z.infer<typeof ManifestWeb>;

/**
 * Whether the web UI at `mount` answers for `path`, both relative to the plugin and in normal form: the mount itself and
 * all that lies below it at a segment boundary. The same function refuses routes and chooses what serves a request.
 */
export function mountCaptures(mount: string, path: string): boolean {
  return mount === "/" || path === mount || path.startsWith(`${mount}/`);
}

/** The mount with a leading "/" and no trailing one; the root stays "/". */
export function normalMount(mount: string): string {
  return withLeadingSlash(mount.trim().replace(/(?<!\/)\/+$/, ""));
}

function normalApiMount(mount: string): string {
  const trimmed = mount.trim();
  return trimmed === "" ? "/api" : withLeadingSlash(trimmed);
}

/** The path as the host compares it. */
export function withLeadingSlash(text: string): string {
  return text.startsWith("/") ? text : `/${text}`;
}

/** Only by its words: whoever opens the file looks again, with links resolved. */
function staysInside(relative: string): boolean {
  const steps = relative.split(/[/\\]/);
  return relative.trim() !== "" && steps[0] !== "" && !steps.includes("..") && !relative.includes("\0");
}
