// Finds the route of a plugin that a request is for ("Osaurus: Routes and Web UIs", path syntax). A path that is written out
// comes before one with parameters, and that before one with a wildcard; among equals the first that was declared wins.
// What `mountCaptures` gives to the web UI never gets here.

import type { ManifestRoute } from "../../protocol/manifest-routes.ts";
import { decoded } from "./plugin-path.ts";

export interface RouteMatch {
  readonly route: ManifestRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** @param path begins with "/", as it came, without the query. */
export function matchRoute(routes: readonly ManifestRoute[], method: string, path: string): RouteMatch | undefined {
  const wanted = method.toUpperCase();
  const segments = path.slice(1).split("/");
  for (const pattern of patternsOf(routes)) {
    if (!serves(pattern.route, wanted)) continue;
    const params = paramsOf(pattern, segments);
    if (params !== undefined) return { route: pattern.route, params };
  }
  return undefined;
}

interface Pattern {
  readonly route: ManifestRoute;
  /** Undefined name: a literal. */
  readonly segments: readonly { readonly name: string | undefined; readonly literal: string }[];
  readonly isOpen: boolean;
}

/** By the routes of a manifest, which do not change while it is loaded. */
const PATTERNS = new WeakMap<readonly ManifestRoute[], readonly Pattern[]>();

/** In the order in which they are tried. */
function patternsOf(routes: readonly ManifestRoute[]): readonly Pattern[] {
  const known = PATTERNS.get(routes);
  if (known !== undefined) return known;
  const patterns = routes.map(patternOf).sort((a, b) => tierOf(a) - tierOf(b));
  PATTERNS.set(routes, patterns);
  return patterns;
}

function patternOf(route: ManifestRoute): Pattern {
  const isOpen = route.path.endsWith("/*");
  const written = isOpen ? route.path.slice(0, -"/*".length) : route.path;
  const texts = written === "" ? [] : written.slice(1).split("/");
  const segments = texts.map((literal) => ({
    name: literal.length > 1 && literal.startsWith(":") ? literal.slice(1) : undefined,
    literal,
  }));
  return { route, segments, isOpen };
}

function tierOf({ segments, isOpen }: Pattern): number {
  if (isOpen) return 2;
  return segments.some(({ name }) => name !== undefined) ? 1 : 0;
}

/** Who answers GET answers HEAD as well. */
function serves({ methods }: ManifestRoute, method: string): boolean {
  return methods.includes(method) || (method === "HEAD" && methods.includes("GET"));
}

function paramsOf(pattern: Pattern, segments: readonly string[]): Record<string, string> | undefined {
  const { length } = pattern.segments;
  if (pattern.isOpen ? segments.length < length : segments.length !== length) return undefined;
  const params: [string, string][] = [];
  for (const [index, { name, literal }] of pattern.segments.entries()) {
    const segment = segments[index]!;
    if (name === undefined) {
      if (!isSame(literal, segment)) return undefined;
    } else if (segment === "") return undefined;
    else params.push([name, decoded(segment)]);
  }
  return Object.fromEntries(params);
}

/** Letters that no address holds as they are; what has none of them is compared as it came. */
const NEVER_PLAIN = /[^!-~]/;

function isSame(literal: string, segment: string): boolean {
  return literal === segment || (NEVER_PLAIN.test(literal) && decoded(segment) === literal);
}
