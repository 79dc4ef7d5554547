// Judges a manifest for its author: every mistake that keeps a plugin from being loaded, and what works but is hardly
// meant. The mistakes are those of the reader that loads plugins, so the two never disagree.

import { JsonSyntaxError, parseOrderedJson } from "../base/ordered-json.ts";
import { parseVersion } from "../base/semver.ts";
import type { Mistake } from "../protocol/issue-text.ts";
import { type Manifest, type ManifestTool, permissionPolicy, readManifest } from "../protocol/manifest.ts";
import type { ConfigField } from "../protocol/manifest-config.ts";
import { systemVersion } from "../protocol/manifest-system.ts";
import type { ManifestMistake } from "../protocol/manifest-together.ts";
import { compilePattern } from "./validate-field.ts";

export interface ManifestCheck {
  /** What keeps the plugin from being loaded; the path of the document itself is "". */
  readonly errors: readonly Mistake[];
  /** Looked for only when there is no error. */
  readonly warnings: readonly Mistake[];
  /** As far as the text gives it. */
  readonly summary: ManifestSummary;
}

export interface ManifestSummary {
  readonly plugin_id: string | null;
  readonly version: string | null;
  readonly tools: number;
  readonly routes: number;
  readonly web: boolean;
  readonly config: boolean;
}

/** Checks the text of a manifest; never throws. What the result holds of the text is not neutralised. */
export function checkManifest(text: string): ManifestCheck {
  const { manifest, mistakes } = readManifest(text);
  if (manifest === undefined) {
    const errors = mistakes.map((mistake) => forAuthor(mistake, text));
    return { errors, warnings: [], summary: summaryOf(mistakes.some(isOfDocument) ? {} : JSON.parse(unmarked(text))) };
  }
  const { tools = [], routes = [], config } = manifest.capabilities;
  const warnings = [
    ...identityWarnings(manifest),
    ...tools.flatMap((tool, index) => at(`capabilities.tools[${index}]`, toolWarnings(tool))),
    ...routes.flatMap((route, index) => at(`capabilities.routes[${index}]`, routeWarnings(route))),
    ...repeated("secrets", "id", manifest.secrets ?? []),
    ...(config === undefined ? [] : configWarnings(config.sections)),
  ];
  return { errors: [], warnings, summary: summaryOf(manifest) };
}

/** Path below the entry, and what is to say; undefined ones do not apply. */
type Finding = readonly [path: string, message: string] | undefined | false;

function at(path: string, findings: readonly Finding[]): Mistake[] {
  return findings.filter((one) => !!one).map(([below, message]) => ({ path: path + below, message }));
}

function isOfDocument({ path }: Mistake): boolean {
  return path === "the document";
}

function forAuthor(mistake: ManifestMistake, text: string): Mistake {
  if (mistake.isSyntax) return { path: "", message: `is not JSON: ${syntaxMistake(text)}` };
  if (isOfDocument(mistake)) return { path: "", message: mistake.message };
  if (mistake.overlap !== undefined) return { path: mistake.path, message: mistake.overlap };
  return { path: mistake.path, message: mistake.message === "is missing" ? "is required" : mistake.message };
}

/** The other reader of JSON says in which line. */
function syntaxMistake(text: string): string {
  try {
    parseOrderedJson(text);
    return "it cannot be read";
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return error.message;
  }
}

function unmarked(text: string): string {
  return text.replace(/^\ufeff/, "");
}

function summaryOf(manifest: unknown): ManifestSummary {
  const capabilities = member(manifest, "capabilities");
  const count = (value: unknown) => (Array.isArray(value) ? value.length : 0);
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  const isThere = (value: unknown) => value !== undefined && value !== null;
  return {
    plugin_id: text(member(manifest, "plugin_id")),
    version: text(member(manifest, "version")),
    tools: count(member(capabilities, "tools")),
    routes: count(member(capabilities, "routes")),
    web: isThere(member(capabilities, "web")),
    config: isThere(member(capabilities, "config")),
  };
}

function member(value: unknown, key: string): unknown {
  const isOwn = typeof value === "object" && value !== null && Object.hasOwn(value, key);
  return isOwn ? (value as Record<string, unknown>)[key] : undefined;
}

function identityWarnings({ plugin_id, version, min_osaurus, min_macos }: Manifest): Mistake[] {
  const isVersion = (text: string | undefined) => text === undefined || parseVersion(text) !== undefined;
  return at("", [
    !/^[a-z0-9]+(\.[a-z0-9_-]+)+$/.test(plugin_id) && [
      "plugin_id",
      "should be lower case with dots, such as com.example.name: registries take no other",
    ],
    !isVersion(version) && ["version", "should be a semantic version, such as 1.0.0: it cannot be packaged otherwise"],
    !isVersion(min_osaurus) && ["min_osaurus", "is no semantic version, such as 0.5.0, and is not looked at"],
    min_macos !== undefined &&
      systemVersion(min_macos) === undefined && ["min_macos", "is no version, such as 15.0, and is not looked at"],
  ]);
}

/** A word that upstream documents and that means the same as `ask`. */
const ASK_WORDS = new Set(["ask", "prompt"]);

function toolWarnings(tool: ManifestTool): Finding[] {
  const policy = tool.permission_policy?.toLowerCase();
  const isUnknown = policy !== undefined && permissionPolicy(tool) === "ask" && !ASK_WORDS.has(policy);
  const type = tool.parameters?.["type"];
  return [
    !/^[\w-]{1,64}$/.test(tool.id) && [
      ".id",
      "should have at most 64 letters, digits, _ and -: models take no other names",
    ],
    tool.description.trim() === "" && [".description", "is blank: models choose tools by it"],
    isUnknown && [".permission_policy", "is none of auto, ask and deny, and counts as ask"],
    type !== undefined && type !== "object" && [".parameters.type", 'should be "object": arguments have names'],
  ];
}

type Route = NonNullable<Manifest["capabilities"]["routes"]>[number];

function routeWarnings({ path, methods }: Route): Finding[] {
  const odd = methods.find((method) => !/^[A-Z][A-Z-]*$/.test(method));
  return [
    /[?#]/.test(path) && [".path", "has a ? or #, which no request's path has"],
    /\*(?!$)|[^/]\*$/.test(path) && [".path", "has a * that is no last segment of its own, and means only itself"],
    odd !== undefined && [".methods", "has a word that is no HTTP method"],
  ];
}

interface Section {
  readonly fields: readonly ConfigField[];
}

function configWarnings(sections: readonly Section[]): Mistake[] {
  const fields = sections.flatMap(({ fields }, section) =>
    fields.map((field, index) => ({ field, path: `capabilities.config.sections[${section}].fields[${index}]` })),
  );
  const seen = new Set<string>();
  return fields.flatMap(({ field, path }) => {
    const isRepeated = seen.has(field.key);
    seen.add(field.key);
    return at(path, [
      isRepeated && [".key", "is that of an earlier field: both show and change the same value"],
      ...fieldWarnings(field),
    ]);
  });
}

function fieldWarnings({ type, options = [], default: value, validation = {} }: ConfigField): Finding[] {
  const chosen = type === "select" ? [value] : type === "multiselect" && Array.isArray(value) ? value : [];
  const isOption = (one: unknown) => one === undefined || options.some((option) => option.value === one);
  const { pattern, min_length, max_length, min, max } = validation;
  return [
    (type === "select" || type === "multiselect") &&
      options.length === 0 && [".options", "is empty: nothing can be chosen"],
    !fitsType(type, value) && [".default", `is no value of a field of type ${type}`],
    fitsType(type, value) && !chosen.every(isOption) && [".default", "is none of the options"],
    pattern !== undefined &&
      compilePattern(pattern) === undefined && [
        ".validation.pattern",
        "is no regular expression, and is not looked at",
      ],
    isAbove(min_length, max_length) && [".validation.min_length", "is above max_length: no value is accepted"],
    isAbove(min, max) && [".validation.min", "is above max: no value is accepted"],
  ];
}

function isAbove(low: number | undefined, high: number | undefined): boolean {
  return low !== undefined && high !== undefined && low > high;
}

function fitsType(type: ConfigField["type"], value: ConfigField["default"]): boolean {
  if (value === undefined || type === "readonly" || type === "status") return true;
  if (type === "toggle") return typeof value === "boolean" || value === "true" || value === "false";
  if (type === "number") return typeof value === "number" || (typeof value === "string" && Number.isFinite(+value));
  if (type === "multiselect") return Array.isArray(value);
  return typeof value === "string";
}

function repeated<K extends string>(path: string, key: K, list: readonly Readonly<Record<K, string>>[]): Mistake[] {
  const seen = new Set<string>();
  return list.flatMap((entry, index) => {
    const isRepeated = seen.has(entry[key]);
    seen.add(entry[key]);
    return isRepeated ? [{ path: `${path}[${index}].${key}`, message: "is that of an earlier entry" }] : [];
  });
}
