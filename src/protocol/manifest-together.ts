// What no single member of a manifest shows: ids that stand there twice, and routes that the web UI would shadow.

import type { Mistake } from "./issue-text.ts";
import { MANIFEST_PATH_CHARS_MAX, MANIFEST_ROUTES_MAX, MANIFEST_TOOLS_MAX, PLUGIN_ID_CHARS_MAX } from "./limits.ts";
import { mountCaptures, normalMount, withLeadingSlash } from "./manifest-routes.ts";

export interface ManifestMistake extends Mistake {
  /** The text is no JSON, so nothing else is known of it. */
  readonly isSyntax?: true;
  /** Why a plugin with such a route is not loaded, in the words that authors know ("Osaurus: Routes and Web"). */
  readonly overlap?: string;
}

/** What concerns several members at once. They are looked at as they are, so that their own mistakes hide nothing here. */
export function checkTogether(manifest: unknown): ManifestMistake[] {
  const capabilities = member(manifest, "capabilities");
  const tools = entries(member(capabilities, "tools"), MANIFEST_TOOLS_MAX);
  const routes = entries(member(capabilities, "routes"), MANIFEST_ROUTES_MAX);
  const mistakes = [...twice("capabilities.tools", tools), ...twice("capabilities.routes", routes)];
  const declared = member(member(capabilities, "web"), "mount");
  // One that is too long is a mistake of its own, and would be repeated for each route.
  if (typeof declared !== "string" || declared.length > MANIFEST_PATH_CHARS_MAX) return mistakes;
  const mount = normalMount(declared);
  const id = member(manifest, "plugin_id");
  const label = typeof id === "string" && id.length <= PLUGIN_ID_CHARS_MAX ? id : "(no id)";
  for (const [index, route] of routes.entries()) {
    const declaredPath = member(route, "path");
    if (typeof declaredPath !== "string") continue;
    const path = withLeadingSlash(declaredPath);
    if (!mountCaptures(mount, path)) continue;
    const message = `lies under the web mount ${JSON.stringify(mount)}, which would shadow it`;
    const overlap =
      `Plugin ${label} declares route '${path}' under web mount '${mount}'; the static web branch would shadow this ` +
      "route. Move the route outside the web mount or remove the web mount overlap.";
    mistakes.push({ path: `capabilities.routes[${index}].path`, message, overlap });
  }
  return mistakes;
}

function twice(path: string, list: readonly unknown[]): ManifestMistake[] {
  const seen = new Set<unknown>();
  return list.flatMap((entry, index) => {
    const id = member(entry, "id");
    const isNew = typeof id !== "string" || !seen.has(id);
    seen.add(id);
    return isNew
      ? []
      : [{ path: `${path}[${index}].id`, message: `repeats ${JSON.stringify(id)}, the id of an earlier entry` }];
  });
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function entries(value: unknown, countMax: number): readonly unknown[] {
  return Array.isArray(value) && value.length <= countMax ? value : [];
}
