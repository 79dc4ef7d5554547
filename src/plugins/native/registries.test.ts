import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { addRegistry, keptFolder, readRegistries, removeRegistry } from "./registries.ts";

function registryFolder(name = "mine"): string {
  const path = join(tempDir(), name);
  mkdirSync(join(path, "plugins"), { recursive: true });
  return path;
}

const cwd = "/";
const listFile = (data: string) => join(data, "Config/registries.json");

describe("addRegistry", () => {
  test("adds folders and URLs at the end, for nobody else to read", async () => {
    const data = tempDir();
    const folder = registryFolder();
    expect(readRegistries(data)).toEqual([]);
    await addRegistry(data, { typed: "mine", cwd: join(folder, "..") });
    await addRegistry(data, { typed: "https://plugins.example.com/all", cwd });
    await addRegistry(data, { typed: "http://127.0.0.1:8080", cwd, name: "local" });
    expect(readRegistries(data)).toEqual([
      { name: "mine", location: folder, kind: "folder" },
      { name: "plugins.example.com", location: "https://plugins.example.com/all/", kind: "url" },
      { name: "local", location: "http://127.0.0.1:8080/", kind: "url" },
    ]);
    expect(statSync(listFile(data)).mode & 0o777).toBe(0o600);
  });

  test("leaves one alone that is there, and gives others a name of their own", async () => {
    const data = tempDir();
    const folder = registryFolder();
    expect(await addRegistry(data, { typed: folder, cwd })).toMatchObject({ added: true });
    expect(await addRegistry(data, { typed: `${folder}/`, cwd })).toMatchObject({
      added: false,
      registry: { name: "mine" },
    });
    expect(await addRegistry(data, { typed: registryFolder("MINE"), cwd })).toMatchObject({
      registry: { name: "MINE-2" },
    });
    const usage = expect.objectContaining({ code: "usage_invalid" });
    await expect(addRegistry(data, { typed: folder, cwd, name: "else" })).rejects.toThrow(usage);
    await expect(addRegistry(data, { typed: registryFolder(), cwd, name: "mine" })).rejects.toThrow(usage);
    expect(readRegistries(data)).toHaveLength(2);
  });

  test.each(["../x", "", "a/b", ".hidden", "a b", "x".repeat(101)])("does not take %j for a name", async (name) => {
    const typed = registryFolder();
    await expect(addRegistry(tempDir(), { typed, cwd, name })).rejects.toMatchObject({ code: "usage_invalid" });
  });

  test.each([
    ["http elsewhere", "http://example.com/", "usage_invalid"],
    ["another protocol", "ftp://example.com/", "usage_invalid"],
    ["a file URL", "file:///tmp", "usage_invalid"],
    ["a password", "https://me:secret@example.com/", "usage_invalid"],
    ["a query", "https://example.com/?x=1", "usage_invalid"],
    ["no such folder", "/no/such/folder", "registry_invalid"],
    ["a folder without plugins", "/", "registry_invalid"],
  ])("refuses %s", async (_, typed, code) => {
    const data = tempDir();
    await expect(addRegistry(data, { typed, cwd })).rejects.toMatchObject({ code });
    expect(existsSync(listFile(data))).toBe(false);
  });

  test("there can be a hundred registries, and no more", async () => {
    const data = tempDir();
    const registries = Array.from({ length: 99 }, (_, at) => ({ name: `r${at}`, location: `/r${at}`, kind: "folder" }));
    mkdirSync(join(data, "Config"));
    writeFileSync(listFile(data), JSON.stringify({ registries }));
    await addRegistry(data, { typed: registryFolder(), cwd });
    await expect(addRegistry(data, { typed: registryFolder(), cwd })).rejects.toMatchObject({ code: "usage_invalid" });
    expect(readRegistries(data)).toHaveLength(100);
  });

  test("several at once all arrive", async () => {
    const data = tempDir();
    await Promise.all(Array.from({ length: 10 }, () => addRegistry(data, { typed: registryFolder(), cwd })));
    expect(new Set(readRegistries(data).map(({ name }) => name)).size).toBe(10);
  });
});

describe("removeRegistry", () => {
  test("takes a name or a location, and removes what was kept", async () => {
    const data = tempDir();
    const folder = registryFolder();
    for (const wanted of ["mine", folder, `${folder}/`]) {
      await addRegistry(data, { typed: folder, cwd });
      mkdirSync(keptFolder(data, "mine"), { recursive: true });
      expect(await removeRegistry(data, wanted)).toMatchObject({ name: "mine" });
      expect(readRegistries(data)).toEqual([]);
      expect(existsSync(keptFolder(data, "mine"))).toBe(false);
    }
    expect(existsSync(folder)).toBe(true);
  });

  test("names what there is when there is no such registry", async () => {
    const data = tempDir();
    await expect(removeRegistry(data, "mine")).rejects.toMatchObject({ code: "registry_unknown" });
    await addRegistry(data, { typed: registryFolder(), cwd });
    await expect(removeRegistry(data, "mine2")).rejects.toMatchObject({ hint: 'did you mean "mine"?' });
    await expect(removeRegistry(data, "other")).rejects.toMatchObject({ hint: "known: mine" });
  });
});

describe("readRegistries", () => {
  const one = { name: "a", location: "/a", kind: "folder" };
  test.each([
    ["no JSON", "{", "not JSON"],
    ["another form", "[]", "must be an object"],
    ["a name that is a path", JSON.stringify({ registries: [{ ...one, name: "../a" }] }), "registries[0].name"],
    ["a kind that is not known", JSON.stringify({ registries: [{ ...one, kind: "ftp" }] }), "registries[0].kind"],
    ["a name twice", JSON.stringify({ registries: [one, { ...one, name: "A" }] }), "stands there twice"],
  ])("%s is broken configuration", (_, text, problem) => {
    const data = tempDir();
    mkdirSync(join(data, "Config"));
    writeFileSync(listFile(data), text);
    expect(() => readRegistries(data)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(problem) }),
    );
  });

  test("a URL that nobody may ask is refused also when it stands in the file", () => {
    const data = tempDir();
    mkdirSync(join(data, "Config"));
    const registries = [{ name: "a", location: "http://example.com/", kind: "url" }];
    writeFileSync(listFile(data), JSON.stringify({ registries }));
    expect(() => readRegistries(data)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  test("a broken list is not written over", async () => {
    const data = tempDir();
    mkdirSync(join(data, "Config"));
    writeFileSync(listFile(data), "{");
    await expect(addRegistry(data, { typed: registryFolder(), cwd })).rejects.toMatchObject({ code: "config_invalid" });
    expect(readFileSync(listFile(data), "utf8")).toBe("{");
  });

  test("a place where nothing can be written is said", async () => {
    const data = tempDir();
    symlinkSync("/proc/nowhere", join(data, "Config"));
    await expect(addRegistry(data, { typed: registryFolder(), cwd })).rejects.toMatchObject({
      code: "config_unwritable",
    });
  });
});
