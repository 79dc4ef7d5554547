import { expect, test } from "vitest";
import { fullManifest, type Path, pathsOf, pathText, valueAt, withValue } from "../../test/helpers/full-manifest.ts";
import { HostError } from "./errors.ts";
import {
  JSON_DEPTH_MAX,
  MANIFEST_BYTES_MAX,
  MANIFEST_FIELDS_MAX,
  MANIFEST_KEY_CHARS_MAX,
  MANIFEST_NAMES_MAX,
  MANIFEST_OPTIONS_MAX,
  MANIFEST_PATH_CHARS_MAX,
  MANIFEST_ROUTES_MAX,
  MANIFEST_SECRETS_MAX,
  MANIFEST_SECTIONS_MAX,
  MANIFEST_TEXT_CHARS_MAX,
  MANIFEST_TOOLS_MAX,
  MANIFEST_VALUES_MAX,
  PLUGIN_ID_CHARS_MAX,
  TOOL_ID_CHARS_MAX,
  TOOL_SCHEMA_BYTES_MAX,
} from "./limits.ts";
import { type ManifestTool, parseManifest, permissionPolicy, requirementsOf, systemRequirements } from "./manifest.ts";

const tool = { id: "greet", description: "Greets." };
const route = { id: "a", path: "/a", methods: ["GET"] };
const web = { static_dir: "web", entry: "index.html", mount: "/ui", auth: "owner" };
const manifest = (capabilities: unknown, more: object = {}) =>
  JSON.stringify({ plugin_id: "dev.example.p", capabilities, ...more });
const parse = (text: string) => parseManifest(text, "p");
const failure = (text: string) => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error("the manifest was accepted");
};

test("what the host does not know is ignored, at every level", () => {
  const text = manifest({ tools: [{ ...tool, widget: 1 }], file_importers: 5 }, { future: true });
  expect(parse(text)).toEqual({ plugin_id: "dev.example.p", capabilities: { tools: [tool] } });
  for (const path of [[], ...pathsOf(fullManifest())]) {
    const document = fullManifest();
    const place = path.length === 0 ? document : valueAt(document, path);
    if (typeof place !== "object" || place === null || Array.isArray(place)) continue;
    Object.assign(place, { "x-unknown": { deep: [null] } });
    expect(() => parse(JSON.stringify(document))).not.toThrow();
  }
});

test("capabilities may be empty", () => {
  expect(parse(manifest({})).capabilities).toEqual({});
});

test("every member that a plugin may give comes out as it is", () => {
  expect(parse(JSON.stringify(fullManifest()))).toEqual(fullManifest());
});

test("what a manifest gives is the same when it is read again", () => {
  const text = manifest({ routes: [{ ...route, path: "x", methods: ["get"] }], web: { ...web, mount: "w/" } });
  const once = parse(text);
  expect(parse(JSON.stringify(once))).toEqual(once);
});

test("what is left out of routes, web and secrets has its default, and paths are in normal form", () => {
  const { capabilities, secrets } = parse(
    manifest(
      {
        routes: [{ ...route, path: "a/b", methods: ["get", " Post "] }],
        web: { ...web, mount: "ui/", api_mount: " " },
      },
      { secrets: [{ id: "k", label: "K" }] },
    ),
  );
  expect(capabilities.routes).toEqual([
    { id: "a", path: "/a/b", methods: ["GET", "POST"], auth: "owner", tunnel_exposed: false },
  ]);
  expect(capabilities.web).toEqual({ ...web, mount: "/ui", api_mount: "/api", tunnel_exposed: false });
  expect(secrets).toEqual([{ id: "k", label: "K", required: true }]);
});

test("ids are handed on as they are written, blanks around them included", () => {
  expect(parse(manifest({ tools: [{ ...tool, id: " greet " }] })).capabilities.tools?.[0]?.id).toBe(" greet ");
});

test("a byte order mark in front is no mistake", () => {
  expect(parse(`\ufeff${manifest({})}`).plugin_id).toBe("dev.example.p");
});

test.each([
  ["not JSON", '{"plugin_id":', /not JSON/],
  ["nothing", "", /not JSON/],
  ["no object", "[]", /the document: must be an object/],
  ["null", "null", /the document: must be an object/],
  ["no id", JSON.stringify({ capabilities: {} }), /plugin_id: is missing/],
  ["a blank id", JSON.stringify({ plugin_id: "  ", capabilities: {} }), /plugin_id: must not be blank/],
  ["an id that leads out of its folder", manifest({}, { plugin_id: "../other" }), /plugin_id: must not begin with/],
  ["an id that is a path", manifest({}, { plugin_id: "a/b" }), /plugin_id: must not .* contain a slash/],
  ["a hidden id", manifest({}, { plugin_id: ".quarantine" }), /plugin_id: must not begin with/],
  ["an id that a C string cuts short", manifest({}, { plugin_id: "a\0b" }), /plugin_id: must be valid Unicode/],
  ["an id with half a letter", '{"plugin_id":"a\\ud800","capabilities":{}}', /plugin_id: must be valid Unicode/],
  ["no capabilities", JSON.stringify({ plugin_id: "p" }), /capabilities: is missing/],
  [
    "a tool without a description",
    manifest({ tools: [{ id: "a" }] }),
    /capabilities\.tools\[0\]\.description: is missing/,
  ],
  [
    "a tool with a blank id",
    manifest({ tools: [{ ...tool, id: "\t" }] }),
    /capabilities\.tools\[0\]\.id: must not be blank/,
  ],
  ["a tool id with NUL", manifest({ tools: [{ ...tool, id: "a\0" }] }), /tools\[0\]\.id: must be valid Unicode/],
  ["a tool id twice", manifest({ tools: [tool, tool] }), /capabilities\.tools\[1\]\.id: repeats "greet"/],
  [
    "a route id twice",
    manifest({ routes: [route, { ...route, path: "/b" }] }),
    /capabilities\.routes\[1\]\.id: repeats "a"/,
  ],
  [
    "a blank route id",
    manifest({ routes: [{ ...route, id: "" }] }),
    /capabilities\.routes\[0\]\.id: must not be blank/,
  ],
  ["a route without methods", manifest({ routes: [{ ...route, methods: [] }] }), /methods: must name at least one/],
  [
    "an unknown auth",
    manifest({ routes: [{ ...route, auth: "public" }] }),
    /routes\[0\]\.auth: must be one of .*"public"/,
  ],
  ["a web UI without auth", manifest({ web: { ...web, auth: undefined } }), /capabilities\.web\.auth: is missing/],
  [
    "a web folder outside",
    manifest({ web: { ...web, static_dir: "../../x" } }),
    /web\.static_dir: must be a path inside/,
  ],
  [
    "an absolute web folder",
    manifest({ web: { ...web, static_dir: "/etc" } }),
    /web\.static_dir: must be a path inside/,
  ],
  ["no web folder", manifest({ web: { ...web, static_dir: "" } }), /web\.static_dir: must be a path inside/],
  ["an entry outside", manifest({ web: { ...web, entry: "a/../../b" } }), /web\.entry: must be a path inside/],
  [
    "an unknown field type",
    manifest({ config: { sections: [{ title: "", fields: [{ key: "k", type: "colour", label: "" }] }] } }),
    /fields\[0\]\.type: must be one of/,
  ],
  [
    "a number without an end",
    '{"plugin_id":"p","capabilities":{"config":{"sections":[{"title":"","fields":[{"key":"k","type":"number","label":"","validation":{"min":1e999}}]}]}}}',
    /validation\.min: must be a number/,
  ],
  ["a wrong type", manifest({ tools: [{ ...tool, requirements: "x" }] }), /tools\[0\]\.requirements: must be a list/],
])("a manifest with %s is refused, with the place of the mistake", (_name, text, message) => {
  const error = failure(text);
  expect(error.code).toBe("manifest_invalid");
  expect(error.message).toMatch(message);
  expect(error.message).toMatch(/^Failed to parse plugin manifest of "p"/);
});

const members = pathsOf(fullManifest()).map((path): [string, Path] => [pathText(path), path]);
const WRONG = [5.5, "text", true, ["x"], { a: 1 }];
const kindOf = (value: unknown) => (Array.isArray(value) ? "list" : typeof value);

test.each(members)("%s of another type is refused", (name, path) => {
  const right = valueAt(fullManifest(), path);
  for (const wrong of WRONG) {
    if (kindOf(wrong) === kindOf(right)) continue;
    if (path.at(-1) === "default" && kindOf(wrong) !== "object") continue;
    const error = failure(JSON.stringify(withValue(fullManifest(), path, wrong)));
    expect(error.code).toBe("manifest_invalid");
    expect(error.message).toContain(`${name}: must be`);
  }
});

const REQUIRED =
  /^(plugin_id|capabilities|.*\.(methods|static_dir|entry|mount|sections|fields|label|value|key|type)|secrets\[0\]\.id|docs\.links\[0\]\.url|.*(tools|routes)\[0\]\.(id|path)|.*tools\[0\]\.description|.*sections\[0\]\.title|.*web\.auth|.*\])$/;

test.each(members)("%s may be null exactly when it may be left out", (name, path) => {
  const isRequired = REQUIRED.test(name) && !name.endsWith("connect_action.type");
  const withNull = JSON.stringify(withValue(fullManifest(), path, null));
  if (isRequired) expect(failure(withNull).message).toContain(`${name}: must be`);
  else expect(() => parse(withNull)).not.toThrow();
  if (typeof path.at(-1) === "number") return;
  const without = JSON.stringify(withValue(fullManifest(), path, undefined));
  if (isRequired) expect(failure(without).message).toContain(`${name}: is missing`);
  else expect(() => parse(without)).not.toThrow();
});

test.each(members)("%s with members named length, toString and __proto__ does no harm", (name, path) => {
  const evil = '{"length":{"valueOf":1},"toString":1,"valueOf":1,"toJSON":1,"constructor":null,"__proto__":{"id":"x"}}';
  const text = JSON.stringify(withValue(fullManifest(), path, "@@")).replace('"@@"', evil);
  const hasOnlyOptional = /^(capabilities|docs)$|\.(parameters|validation|connect_action|disconnect_action)$/.test(
    name,
  );
  if (hasOnlyOptional) return void expect(() => parse(text)).not.toThrow();
  expect(failure(text).code).toBe("manifest_invalid");
});

test("a member named __proto__ neither gives a document its members nor gets lost from a schema", () => {
  expect(failure('{"__proto__":{"plugin_id":"p","capabilities":{}}}').message).toMatch(/plugin_id: is missing/);
  expect(failure('{"x":null,"__proto__":{"plugin_id":"p","capabilities":{}}}').message).toMatch(
    /plugin_id: is missing/,
  );
  const text = manifest({ tools: [{ ...tool, parameters: "@@" }] }).replace('"@@"', '{"__proto__":{"a":1},"x":null}');
  expect(JSON.stringify(parse(text).capabilities.tools?.[0]?.parameters)).toBe('{"__proto__":{"a":1},"x":null}');
  expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
});

const fields = (count: number) => Array.from({ length: count }, (_, n) => ({ key: `k${n}`, type: "text", label: "" }));
const config = (more: object, count = 1) => ({ config: { sections: [{ title: "", fields: fields(count) }], ...more } });
const field = (more: object) => ({ config: { sections: [{ title: "", fields: [{ ...fields(1)[0], ...more }] }] } });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

test.each<[string, number, (size: number) => string]>([
  ["a plugin id", PLUGIN_ID_CHARS_MAX, (size) => manifest({}, { plugin_id: "x".repeat(size) })],
  ["a tool id", TOOL_ID_CHARS_MAX, (size) => manifest({ tools: [{ ...tool, id: "x".repeat(size) }] })],
  ["a route id", TOOL_ID_CHARS_MAX, (size) => manifest({ routes: [{ ...route, id: "x".repeat(size) }] })],
  ["a path", MANIFEST_PATH_CHARS_MAX, (size) => manifest({ routes: [{ ...route, path: "x".repeat(size) }] })],
  ["a mount", MANIFEST_PATH_CHARS_MAX, (size) => manifest({ web: { ...web, mount: "x".repeat(size) } })],
  ["a pattern", MANIFEST_PATH_CHARS_MAX, (size) => manifest(field({ validation: { pattern: "x".repeat(size) } }))],
  ["a key", MANIFEST_KEY_CHARS_MAX, (size) => manifest(field({ key: "x".repeat(size) }))],
  ["a text", MANIFEST_TEXT_CHARS_MAX, (size) => manifest({}, { instructions: "x".repeat(size) })],
  ["a default", MANIFEST_TEXT_CHARS_MAX, (size) => manifest(field({ default: "x".repeat(size) }))],
  [
    "a list of tools",
    MANIFEST_TOOLS_MAX,
    (size) => manifest({ tools: times(size, (n) => ({ ...tool, id: `t${n}` })) }),
  ],
  [
    "a list of routes",
    MANIFEST_ROUTES_MAX,
    (size) => manifest({ routes: times(size, (n) => ({ ...route, id: `r${n}` })) }),
  ],
  [
    "a list of secrets",
    MANIFEST_SECRETS_MAX,
    (size) => manifest({}, { secrets: times(size, (n) => ({ id: `s${n}`, label: "" })) }),
  ],
  ["a list of fields", MANIFEST_FIELDS_MAX, (size) => manifest(config({}, size))],
  [
    "a list of sections",
    MANIFEST_SECTIONS_MAX,
    (size) => manifest(config({ sections: times(size, () => ({ title: "", fields: [] })) })),
  ],
  [
    "a list of options",
    MANIFEST_OPTIONS_MAX,
    (size) => manifest(field({ options: times(size, () => ({ value: "", label: "" })) })),
  ],
  ["a list of defaults", MANIFEST_OPTIONS_MAX, (size) => manifest(field({ default: times(size, () => "") }))],
  ["a list of authors", MANIFEST_NAMES_MAX, (size) => manifest({}, { authors: times(size, () => "") })],
  [
    "a list of requirements",
    MANIFEST_NAMES_MAX,
    (size) => manifest({ tools: [{ ...tool, requirements: times(size, () => "") }] }),
  ],
  [
    "a tool's schema",
    TOOL_SCHEMA_BYTES_MAX,
    (size) => manifest({ tools: [{ ...tool, parameters: { a: "x".repeat(size - 8) } }] }),
  ],
  [
    "nesting",
    JSON_DEPTH_MAX,
    (size) => manifest({}, { x: "@@" }).replace('"@@"', "[".repeat(size - 1) + "]".repeat(size - 1)),
  ],
  [
    "the number of values",
    MANIFEST_VALUES_MAX,
    // Besides: the document, its other two members, the empty object counted twice.
    (size) => manifest({}, { x: times(size - 5, () => 1) }),
  ],
  [
    "the whole text",
    MANIFEST_BYTES_MAX,
    (size) => manifest({}, { x: "" }).replace('""', `"${"x".repeat(size - manifest({}, { x: "" }).length)}"`),
  ],
])("%s may be as large as its limit and no larger", (_name, limit, make) => {
  expect(() => parse(make(limit))).not.toThrow();
  expect(failure(make(limit + 1)).code).toBe("manifest_invalid");
});

test.each([
  ["ten megabytes of blanks", " ".repeat(10_000_000)],
  ["ten megabytes of a text", manifest({}, { description: "x".repeat(10_000_000) })],
  ["lists in lists", "[".repeat(100_000) + "]".repeat(100_000)],
  ["objects in objects", '{"a":'.repeat(100_000) + 1 + "}".repeat(100_000)],
  ["lists that are not closed", "[".repeat(4_000_000)],
  [
    "a deep schema",
    manifest({ tools: [{ ...tool, parameters: "@@" }] }).replace(
      '"@@"',
      '{"a":'.repeat(100_000) + 1 + "}".repeat(100_000),
    ),
  ],
  ["a million tools that are none", manifest({ tools: times(1_000_000, () => 1) })],
  ["many mistakes", manifest(config({ sections: times(100, () => ({ title: "", fields: times(200, () => ({})) })) }))],
  [
    "too many mistakes",
    manifest({
      config: {
        sections: times(100, () => ({
          title: "",
          fields: times(2, () => ({ ...fields(1)[0], options: times(900, () => 1) })),
        })),
      },
    }),
  ],
  ["huge numbers", manifest({ tools: [{ ...tool, id: 1e300 }] })],
  [
    "half letters",
    '{"plugin_id":"\\udc00\\ud800","capabilities":{"tools":[{"id":"\\ud800","description":"\\ud800"}]}}',
  ],
  ["quotes and backslashes that do not end", `{"a":"${"\\".repeat(99_999)}`],
])("a hostile document is refused without harm: %s", (_name, text) => {
  const error = failure(text);
  expect(error.code).toBe("manifest_invalid");
  expect(error.message.length).toBeLessThan(2_000);
});

test("a route below the web mount is refused in the words that authors know", () => {
  const error = failure(
    JSON.stringify({
      plugin_id: "dev.example.MyPlugin",
      capabilities: { routes: [route, { id: "health", path: "/ui/health", methods: ["GET"] }], web },
    }),
  );
  expect(error.code).toBe("mount_overlap");
  expect(error.message).toBe(
    "Plugin dev.example.MyPlugin declares route '/ui/health' under web mount '/ui'; the static web branch would shadow " +
      "this route. Move the route outside the web mount or remove the web mount overlap.",
  );
  expect(error.hint).toBe("move the route or change the web.mount in the manifest");
});

test.each([
  ["/ui", "/ui"],
  ["ui/", "ui/x"],
  ["/", "/health"],
  ["", "/:any"],
  ["/ui", "/ui/*"],
])("with the web mount %j the route %j is refused", (mount, path) => {
  expect(failure(manifest({ routes: [{ ...route, path }], web: { ...web, mount } })).code).toBe("mount_overlap");
});

test.each([
  ["/ui", "/ui-other"],
  ["/ui", "/UI/x"],
  ["/ui", "/api/ui"],
  ["/ui", "/*"],
  ["/ui/", "/u"],
])("with the web mount %j the route %j is accepted", (mount, path) => {
  expect(() => parse(manifest({ routes: [{ ...route, path }], web: { ...web, mount } }))).not.toThrow();
});

test("a manifest with an overlap and another mistake says both", () => {
  const error = failure(manifest({ tools: [{}], routes: [{ ...route, path: "/ui" }], web }));
  expect(error.code).toBe("manifest_invalid");
  expect(error.message).toMatch(/tools\[0\]\.id: is missing.*routes\[0\]\.path: lies under the web mount "\/ui"/);
});

test.each([
  [undefined, "ask"],
  ["auto", "auto"],
  ["AUTO", "auto"],
  ["deny", "deny"],
  ["ask", "ask"],
  ["prompt", "ask"],
  ["anything", "ask"],
])("the permission policy %s means %s", (policy, meaning) => {
  const given: ManifestTool = policy === undefined ? tool : { ...tool, permission_policy: policy };
  expect(permissionPolicy(given)).toBe(meaning);
});

test("the requirements of a plugin are those of its tools, each once and in order", () => {
  const needs = (requirements?: string[]) => ({ ...tool, id: String(requirements), requirements });
  const parsed = parse(manifest({ tools: [needs(["network", "disk"]), needs(), needs(["calendar", "network"])] }));
  expect(requirementsOf(parsed)).toEqual(["calendar", "disk", "network"]);
  expect(requirementsOf(parse(manifest({})))).toEqual([]);
});

test("of requirements, those are named that only macOS can grant", () => {
  expect(systemRequirements(["network", "calendar", "filesystem", "Microphone", "com.example.own"])).toEqual([
    "calendar",
    "Microphone",
  ]);
});
