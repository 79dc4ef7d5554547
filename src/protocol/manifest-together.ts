// What no single member of a manifest shows: ids that stand there twice, and routes that the web UI would shadow.

import type { Mistake } from "./issue-text.ts";
import { MANIFEST_ROUTES_MAX, MANIFEST_TOOLS_MAX } from "./limits.ts";
import { mountCaptures, normalMount, withLeadingSlash } from "./manifest-routes.ts";

export interface ManifestMistake extends Mistake {
  /** The text is no JSON, so nothing else is known of it. */
  readonly isSyntax?: true;
  readonly isOverlap?: true;
}

export interface TogetherReading {
  readonly mistakes: readonly ManifestMistake[];
  /** Why a plugin with such a route is not loaded, in the words that authors know ("Osaurus: Routes and Web"). */
  readonly overlap: string | undefined;
}

/** What concerns several members at once. They are looked at as they are, so that their own mistakes hide nothing here. */
export function checkTogether(manifest: unknown): TogetherReading {
  const capabilities = member(manifest, "capabilities");
  const tools = entries(member(capabilities, "tools"), MANIFEST_TOOLS_MAX);
  const routes = entries(member(capabilities, "routes"), MANIFEST_ROUTES_MAX);
  const mistakes = [...twice("capabilities.tools", tools), ...twice("capabilities.routes", routes)];
  const declared = member(member(capabilities, "web"), "mount");
  if (typeof declared !== "string") return { mistakes, overlap: undefined };
  const mount = normalMount(declared);
  const shadowed = routes.flatMap((route, index) => {
    const path = member(route, "path");
    return typeof path === "string" && mountCaptures(mount, withLeadingSlash(path)) ? [{ index, path }] : [];
  });
  for (const { index } of shadowed) {
    const message = `lies under the web mount ${JSON.stringify(mount)}, which would shadow it`;
    mistakes.push({ path: `capabilities.routes[${index}].path`, message, isOverlap: true });
  }
  const first = shadowed[0];
  const text =
    first &&
    `Plugin ${String(member(manifest, "plugin_id"))} declares route '${withLeadingSlash(first.path)}' under web mount ` +
      `'${mount}'; the static web branch would shadow this route. Move the route outside the web mount or remove the ` +
      "web mount overlap.";
  return { mistakes, overlap: text };
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
