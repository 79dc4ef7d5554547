import fc from "fast-check";
import { expect, test } from "vitest";
import { findToolByName, libraryTool, runtimeNames, type ToolOwner } from "./tool-names.ts";

const owner = (plugin_id: string, ...ids: string[]): ToolOwner => ({
  plugin_id,
  capabilities: { tools: ids.map((id) => ({ id })) },
});
const names = (...plugins: ToolOwner[]) => runtimeNames(plugins).map(({ name }) => name);
const found = (plugins: ToolOwner[], name: string, pluginId?: string) => {
  const { plugin, tool } = findToolByName(plugins, name, pluginId);
  return `${plugin.plugin_id}/${tool.id}`;
};

test("a tool bears its own id while no other tool has it", () => {
  expect(
    names(owner("org.a", "read", "write-all"), owner("org.b", "list"), { plugin_id: "c", capabilities: {} }),
  ).toEqual(["read", "write-all", "list"]);
});

test("where two are alike, both bear their plugin's id in front", () => {
  expect(names(owner("org.a", "read"), owner("org.b", "read", "x"))).toEqual(["org_a__read", "org_b__read", "x"]);
});

test("what models do not take becomes an underscore, and what is too long ends in a hash", () => {
  expect(names(owner("p", "käse.\u{1f9c0} x"))).toEqual(["k_se___x"]);
  expect(names(owner("p", "x".repeat(64)))).toEqual(["x".repeat(64)]);
  const [long] = names(owner("p", "x".repeat(65)));
  expect(long).toMatch(/^x{47}_[0-9a-f]{16}$/);
});

test("names that are alike only for models, and one made to look like another plugin's, are told apart", () => {
  const alike = names(owner("a.b", "t"), owner("a_b", "t"));
  expect(alike).toEqual([
    expect.stringMatching(/^a_b__t_[0-9a-f]{16}$/),
    expect.stringMatching(/^a_b__t_[0-9a-f]{16}$/),
  ]);
  const forged = names(owner("a", "t"), owner("b", "t"), owner("evil", "a__t"));
  expect(forged).toEqual([expect.stringMatching(/^a__t_[0-9a-f]{16}$/), "b__t", "evil__a__t"]);
});

test("whatever the ids are, names are unique, fit for models, and lead back to their tool", () => {
  const id = fc.string({ unit: fc.constantFrom("a", "b", ".", "_", "é", "-"), minLength: 1, maxLength: 4 });
  const plugins = fc
    .uniqueArray(fc.tuple(id, fc.uniqueArray(id, { maxLength: 5 })), { selector: ([one]) => one, maxLength: 5 })
    .map((list) => list.map(([plugin, tools]) => owner(plugin, ...tools)));
  fc.assert(
    fc.property(plugins, (list) => {
      const named = runtimeNames(list);
      expect(new Set(named.map(({ name }) => name)).size).toBe(named.length);
      for (const { plugin, tool, name } of named) {
        expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(findToolByName(list, `${plugin.plugin_id}/${tool.id}`)).toMatchObject({ tool });
        expect(found(list, tool.id, plugin.plugin_id)).toBe(`${plugin.plugin_id}/${tool.id}`);
      }
    }),
  );
});

test("a tool is found by its id, its name, the name with the plugin in front, and by both ids", () => {
  const plugins = [owner("org.a", "read.all", "one"), owner("org.b", "one")];
  for (const name of ["read.all", "read_all", "org_a__read_all", "org.a/read.all"]) {
    expect(found(plugins, name)).toBe("org.a/read.all");
    expect(found(plugins, name, "org.a")).toBe("org.a/read.all");
  }
  expect(found(plugins, "org_b__one")).toBe("org.b/one");
  expect(found(plugins, "one", "org.b")).toBe("org.b/one");
});

test("a name that several tools answer to is refused with their full names, an unknown one with what there is", () => {
  const plugins = [owner("org.a", "one"), owner("org.b", "one")];
  expect(() => findToolByName(plugins, "one")).toThrow(
    expect.objectContaining({ code: "tool_ambiguous", hint: "name it with its plugin: org.a/one, org.b/one" }),
  );
  expect(() => findToolByName(plugins, "two")).toThrow(expect.objectContaining({ code: "tool_unknown" }));
  expect(() => findToolByName(plugins, "org_b__one", "org.a")).toThrow(
    expect.objectContaining({ code: "tool_unknown" }),
  );
  expect(() => findToolByName([owner("p")], "t", "p")).toThrow(
    expect.objectContaining({ hint: "its manifest declares no tools" }),
  );
});

test("a library's tool is named with both ids, up to their limits", () => {
  expect(libraryTool("library:com.t.a/ask")).toEqual({ pluginId: "library:com.t.a", toolId: "ask" });
  // A plugin's id has no slash, and a tool's may have some.
  expect(libraryTool("library:a/b/c:d e")).toEqual({ pluginId: "library:a", toolId: "b/c:d e" });
  for (const other of ["ask", "com.t.a/ask", "library:ask", "library", "Library:a/b", " library:a/b"]) {
    expect(libraryTool(other)).toBeUndefined();
  }
  const long = (id: number, tool: number) => `library:${"i".repeat(id)}/${"t".repeat(tool)}`;
  expect(libraryTool(long(200, 200))).toBeDefined();
  const broken = [
    "library:/x",
    "library:a/",
    "library: /x",
    "library:.a/x",
    "library:a\\b/x",
    "library:a/\0",
    "library:a/\ud800",
  ];
  for (const name of [long(201, 1), long(1, 201), ...broken]) {
    expect(() => libraryTool(name)).toThrow(expect.objectContaining({ code: "tool_unknown" }));
  }
});

test("a name that is wrong and as long as a model likes is shown in part", () => {
  const name = "n".repeat(1_000_000);
  expect(() => findToolByName([], name)).toThrow(/^no plugin has a tool "n{199}…"$/);
});
