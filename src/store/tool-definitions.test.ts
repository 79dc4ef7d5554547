import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { type KeptTool, ToolDefinitions } from "./tool-definitions.ts";

const ID = "test.words";
const tool = (letter: string, text = letter): KeptTool => ({ approved: { hash: letter.repeat(64), text } });

const fileIn = (data: string) => {
  const folder = join(data, "Definitions");
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0]!);
};

test("what is remembered is found again, by another process as well, and only its owner may read it", async () => {
  const data = tempDir();
  const [one, other] = [new ToolDefinitions(data), new ToolDefinitions(data)];
  expect(one.tools(ID).size).toBe(0);
  const denied = { ...tool("b"), denied: "c".repeat(64) };
  expect(await one.change(ID, (tools) => tools.set("say", tool("a")).set("sing", denied).size)).toBe(2);
  expect([...one.tools(ID)]).toEqual([
    ["say", tool("a")],
    ["sing", denied],
  ]);
  expect([...other.tools(ID)]).toEqual([...one.tools(ID)]);
  expect(other.tools("test.other").size).toBe(0);
  expect(statSync(fileIn(data)).mode & 0o777).toBe(0o600);
});

test("another process' change counts once what is in memory is no longer fresh", async () => {
  const data = tempDir();
  const [one, other] = [new ToolDefinitions(data), new ToolDefinitions(data)];
  await one.change(ID, (tools) => tools.set("say", tool("a")));
  expect(other.tools(ID).get("say")).toEqual(tool("a"));
  await one.change(ID, (tools) => tools.set("say", tool("b")));
  expect(other.look(ID).get("say")).toEqual(tool("b"));
  await one.change(ID, (tools) => tools.set("say", tool("c")));
  await eventually(() => expect(other.tools(ID).get("say")).toEqual(tool("c")));
  await one.forget(ID);
  await eventually(() => expect(other.tools(ID).size).toBe(0));
  expect(one.tools(ID).size).toBe(0);
});

test("changes side by side are all kept, and nothing is written where nothing changes", async () => {
  const data = tempDir();
  const names = Array.from({ length: 20 }, (_, n) => `tool-${n}`);
  await Promise.all(names.map((name) => new ToolDefinitions(data).change(ID, (tools) => tools.set(name, tool("a")))));
  const store = new ToolDefinitions(data);
  expect([...store.tools(ID).keys()].sort()).toEqual([...names].sort());
  const before = statSync(fileIn(data)).ino;
  await store.change(ID, (tools) => tools.get("tool-1"));
  expect(statSync(fileIn(data)).ino).toBe(before);
});

test.each([
  ["nothing", ""],
  ["half of it", '{"version":1,"plugin_id":"test.words","too'],
  ["another version", '{"version":2,"plugin_id":"test.words","tools":[]}'],
  ["no hash", '{"version":1,"plugin_id":"test.words","tools":[{"id":"say","approved":{"hash":"","text":""}}]}'],
  ["another plugin's", '{"version":1,"plugin_id":"test.other","tools":[]}'],
])("a file with %s in it is an error, for who reads and who writes", async (_what, content) => {
  const data = tempDir();
  await new ToolDefinitions(data).change(ID, (tools) => tools.set("say", tool("a")));
  const path = fileIn(data);
  writeFileSync(path, content);
  const store = new ToolDefinitions(data);
  expect(() => store.tools(ID)).toThrow(expect.objectContaining({ code: "store_broken" }));
  await expect(store.change(ID, (tools) => tools.clear())).rejects.toMatchObject({ code: "store_broken" });
  expect(readFileSync(path, "utf8")).toBe(content);
  await store.forget(ID);
  expect(store.tools(ID).size).toBe(0);
});

test("a folder that cannot be used is an error as well", async () => {
  const data = tempDir();
  writeFileSync(join(data, "Definitions"), "");
  const store = new ToolDefinitions(data);
  await expect(store.change(ID, (tools) => tools.set("say", tool("a")))).rejects.toMatchObject({
    code: "store_broken",
  });
});

test("a file is as large as it may be; beyond that texts are left out, and then nothing more is taken", async () => {
  const data = tempDir();
  await new ToolDefinitions(data).change(ID, (tools) => tools.set("say", tool("a", "x".repeat(1000))));
  const size = statSync(fileIn(data)).size;
  const sized = async (bytesMax: number) => {
    const other = tempDir();
    mkdirSync(other, { recursive: true });
    const store = new ToolDefinitions(other, bytesMax);
    await store.change(ID, (tools) => tools.set("say", tool("a", "x".repeat(1000))));
    return new ToolDefinitions(other, bytesMax).tools(ID).get("say");
  };
  expect((await sized(size))?.approved.text).toHaveLength(1000);
  expect((await sized(size - 1))?.approved).toEqual({ hash: "a".repeat(64), text: "" });
  expect((await sized(size - 1000))?.approved.text).toBe("");
  await expect(sized(size - 1001)).rejects.toMatchObject({ code: "store_broken" });
});
