import fc from "fast-check";
import { expect, test } from "vitest";
import { fullManifest, type Path, pathsOf, withValue } from "../../test/helpers/full-manifest.ts";
import { HostError } from "../protocol/errors.ts";
import { MANIFEST_BYTES_MAX } from "../protocol/limits.ts";
import { parseManifest } from "../protocol/manifest.ts";
import { checkManifest } from "./check-manifest.ts";

const manifest = (more: object) => JSON.stringify({ plugin_id: "com.example.p", capabilities: {}, ...more });
const able = (capabilities: object) => manifest({ capabilities });
const tool = { id: "t", description: "T." };
const route = { id: "r", path: "/r", methods: ["GET"] };
const web = { static_dir: "web", entry: "index.html", mount: "/ui", auth: "owner" };
const settings = (...fields: object[]) =>
  able({ config: { sections: [{ title: "S", fields: fields.map((one) => ({ key: "k", label: "L", ...one })) }] } });

test("a manifest without a mistake has neither errors nor warnings", () => {
  expect(checkManifest(JSON.stringify(fullManifest()))).toEqual({
    errors: [],
    warnings: [],
    summary: { plugin_id: "com.example.full", version: "1.2.3", tools: 1, routes: 1, web: true, config: true },
  });
});

test("all mistakes are told at once, each with its path", () => {
  const text = JSON.stringify({
    plugin_id: 5,
    version: "1.0.0",
    capabilities: {
      tools: [{ description: "x" }, tool, tool],
      routes: [{ id: "", path: "/ui/x" }],
      web: { ...web, entry: undefined, auth: "all" },
      config: { sections: [{ title: "S", fields: [{ key: "k", type: "date", label: "L" }] }] },
    },
  });
  const { errors, summary } = checkManifest(text);
  expect(errors).toEqual([
    { path: "plugin_id", message: "must be text, is 5" },
    { path: "capabilities.tools[0].id", message: "is required" },
    { path: "capabilities.routes[0].id", message: "must not be blank" },
    { path: "capabilities.routes[0].methods", message: "is required" },
    { path: "capabilities.web.entry", message: "is required" },
    { path: "capabilities.web.auth", message: 'must be one of "none", "verify", "owner", is "all"' },
    {
      path: "capabilities.config.sections[0].fields[0].type",
      message: expect.stringMatching(/^must be one of "text", .*, is "date"$/),
    },
    { path: "capabilities.tools[2].id", message: 'repeats "t", the id of an earlier entry' },
    {
      path: "capabilities.routes[0].path",
      message:
        "Plugin (no id) declares route '/ui/x' under web mount '/ui'; the static web branch would shadow this route. " +
        "Move the route outside the web mount or remove the web mount overlap.",
    },
  ]);
  expect(summary).toEqual({ plugin_id: null, version: "1.0.0", tools: 3, routes: 1, web: true, config: true });
});

test("an id of whatever form keeps no mistake from being told", () => {
  const capabilities = { routes: [{ ...route, path: "/ui" }], web };
  for (const plugin_id of [{ toString: 1, valueOf: 1 }, "x".repeat(1_000_000)]) {
    const { errors } = checkManifest(JSON.stringify({ plugin_id, capabilities }));
    expect(errors.map(({ path }) => path)).toEqual(["plugin_id", "capabilities.routes[0].path"]);
    expect(errors[1]!.message).toMatch(/^Plugin \(no id\) declares route '\/ui' under web mount '\/ui';/);
  }
});

test.each([
  ["no document", "", /is not JSON: .*line 1/],
  ["a comma too many", '{\n "plugin_id": "p",\n}', /is not JSON: .*\(line 3, column 1\)/],
  ["a list", "[]", /must be an object, is a list/],
  ["depth", "[".repeat(100_000), /nests deeper/],
  ["size", " ".repeat(MANIFEST_BYTES_MAX + 1), /is larger than/],
])("a mistake of the whole document has no path: %s", (_name, text, message) => {
  const { errors, summary } = checkManifest(text);
  expect(errors).toEqual([{ path: "", message: expect.stringMatching(message) }]);
  expect(summary.plugin_id).toBeNull();
});

test.each([
  ["an id that no registry takes", manifest({ plugin_id: "dev.example.MyPlugin" }), "plugin_id", /lower case/],
  ["an id without a dot", manifest({ plugin_id: "p" }), "plugin_id", /lower case/],
  ["a version that is none", manifest({ version: "1.0" }), "version", /semantic version/],
  ["a host version that is none", manifest({ min_osaurus: "new" }), "min_osaurus", /is not looked at/],
  ["a system version that is none", manifest({ min_macos: "Tahoe" }), "min_macos", /is not looked at/],
  [
    "a secret twice",
    manifest({
      secrets: [
        { id: "a", label: "" },
        { id: "a", label: "" },
      ],
    }),
    "secrets[1].id",
    /earlier/,
  ],
  ["a tool that models cannot call", able({ tools: [{ ...tool, id: "a.b" }] }), "capabilities.tools[0].id", /models/],
  [
    "a tool that says nothing",
    able({ tools: [{ ...tool, description: " " }] }),
    "capabilities.tools[0].description",
    /blank/,
  ],
  [
    "an unknown policy",
    able({ tools: [{ ...tool, permission_policy: "maybe" }] }),
    "capabilities.tools[0].permission_policy",
    /counts as ask/,
  ],
  [
    "arguments without names",
    able({ tools: [{ ...tool, parameters: { type: "array" } }] }),
    "capabilities.tools[0].parameters.type",
    /object/,
  ],
  ["a path with a query", able({ routes: [{ ...route, path: "/a?b" }] }), "capabilities.routes[0].path", /\? or #/],
  ["a wildcard in the middle", able({ routes: [{ ...route, path: "/a/*/b" }] }), "capabilities.routes[0].path", /\*/],
  ["a wildcard in a segment", able({ routes: [{ ...route, path: "/a*" }] }), "capabilities.routes[0].path", /\*/],
  [
    "a method that is none",
    able({ routes: [{ ...route, methods: ["G T"] }] }),
    "capabilities.routes[0].methods",
    /HTTP/,
  ],
  ["a choice of nothing", settings({ type: "select" }), "capabilities.config.sections[0].fields[0].options", /empty/],
  [
    "a default that fits not",
    settings({ type: "toggle", default: 1 }),
    "capabilities.config.sections[0].fields[0].default",
    /no value/,
  ],
  [
    "a default that is no option",
    settings({ type: "select", default: "z", options: [{ value: "a", label: "" }] }),
    "capabilities.config.sections[0].fields[0].default",
    /none of the options/,
  ],
  [
    "a pattern that is none",
    settings({ type: "text", validation: { pattern: "(" } }),
    "capabilities.config.sections[0].fields[0].validation.pattern",
    /no regular expression/,
  ],
  [
    "lengths that exclude each other",
    settings({ type: "text", validation: { min_length: 2, max_length: 1 } }),
    "capabilities.config.sections[0].fields[0].validation.min_length",
    /above/,
  ],
  [
    "numbers that exclude each other",
    settings({ type: "number", validation: { min: 2, max: 1 } }),
    "capabilities.config.sections[0].fields[0].validation.min",
    /above/,
  ],
  [
    "a key twice",
    settings({ type: "text" }, { type: "text" }),
    "capabilities.config.sections[0].fields[1].key",
    /earlier field/,
  ],
])("what works but is hardly meant is a warning: %s", (_name, text, path, message) => {
  const { errors, warnings } = checkManifest(text);
  expect(errors).toEqual([]);
  expect(warnings).toEqual([{ path, message: expect.stringMatching(message) }]);
  expect(() => parseManifest(text, "p")).not.toThrow();
});

test.each([
  ["a policy of old", able({ tools: [{ ...tool, permission_policy: "Prompt" }] })],
  ["a wildcard at the end", able({ routes: [{ ...route, path: "/files/*" }] })],
  [
    "a default that is an option",
    settings({ type: "multiselect", default: ["a"], options: [{ value: "a", label: "" }] }),
  ],
  ["a toggle as text", settings({ type: "toggle", default: "true" })],
])("what is meant is no warning: %s", (_name, text) => {
  expect(checkManifest(text).warnings).toEqual([]);
});

const loads = (text: string): boolean => {
  try {
    parseManifest(text, "p");
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(HostError);
    expect(["manifest_invalid", "mount_overlap"]).toContain((error as HostError).code);
    return false;
  }
};

test("a manifest has no errors exactly when a plugin with it is loaded", () => {
  const paths = pathsOf(fullManifest());
  const value = fc.oneof(
    fc.constantFrom(
      null,
      undefined,
      true,
      0,
      10,
      "",
      " ",
      "/",
      "/ui",
      "/api/items/:id",
      "greet",
      "none",
      "auto",
      [],
      {},
    ),
    fc.string({ unit: "binary" }),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const change = fc.tuple(fc.constantFrom(...paths), value);
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
      const document = fullManifest();
      for (const [path, to] of changes) tryWithValue(document, path, to);
      const text = JSON.stringify(document);
      const isLoaded = loads(text);
      seen[isLoaded ? "accepted" : "refused"]++;
      expect(checkManifest(text).errors.length === 0).toBe(isLoaded);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(100);
});

/** An earlier change may have taken away what this one goes through. */
function tryWithValue(document: object, path: Path, to: unknown) {
  try {
    withValue(document, path, to);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

test("any text at all is judged the same by both", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(checkManifest(text).errors.length === 0).toBe(loads(text));
    }),
  );
});
