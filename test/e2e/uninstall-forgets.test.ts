// What is left of a native plugin when it was removed: nothing that another plugin of the same id could find.

import { afterAll, beforeAll, expect, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome, type TempHome } from "../helpers/temp-home.ts";

let home: TempHome;
beforeAll(() => {
  home = makeTempHome();
});
afterAll(() => home.remove());

const ID = "test.keeps-settings";

function place() {
  const data = tempDir();
  installFixture(data, "keeps-settings");
  const env = { ...home.env, OSAURUS_HOME: data };
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  const setting = async (tool: string) =>
    (await osaurus("tools", "call", ID, tool, "--args", '{"a":"colour","b":"blue"}', "--json", "--yes")).stdout;
  return { data, osaurus, setting };
}

test("uninstalling forgets settings and decisions: the next plugin of that id begins anew", async () => {
  const { data, osaurus, setting } = place();
  await setting("set");
  expect((await osaurus("permissions", "set", `${ID}/get`, "deny")).code).toBe(0);
  expect(JSON.parse((await osaurus("permissions", "list", "--json")).stdout)).toHaveLength(1);
  expect((await osaurus("tools", "uninstall", ID)).code).toBe(0);
  installFixture(data, "keeps-settings");
  expect(JSON.parse((await osaurus("permissions", "list", "--json")).stdout)).toEqual([]);
  expect(JSON.parse(await setting("get"))).toMatchObject({ ok: true, result: "null" });
});

test("with --keep-data both are still there", async () => {
  const { data, osaurus, setting } = place();
  await setting("set");
  await osaurus("permissions", "set", `${ID}/delete`, "deny");
  expect((await osaurus("tools", "uninstall", ID, "--keep-data")).code).toBe(0);
  installFixture(data, "keeps-settings");
  expect(JSON.parse(await setting("get"))).toMatchObject({ ok: true, result: "blue" });
  expect(JSON.parse((await osaurus("permissions", "list", "--json")).stdout)).toHaveLength(1);
});

test("a library that is called by its path and claims the id of an installed plugin gets neither", async () => {
  const { nativeFixture } = await import("../helpers/native-plugins.ts");
  const { osaurus, setting } = place();
  await setting("set");
  await osaurus("permissions", "set", `${ID}/get`, "deny");
  const library = ["tools", "call", "--library", nativeFixture("keeps-settings")];
  const read = await osaurus(...library, "get", "--args", '{"a":"colour"}', "--json");
  expect(JSON.parse(read.stdout)).toMatchObject({ ok: true, result: "null" });
  // Its own settings are kept apart, from one call to the next.
  await osaurus(...library, "set", "--args", '{"a":"colour","b":"red"}');
  const again = await osaurus(...library, "get", "--args", '{"a":"colour"}', "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, result: "red" });
  await osaurus("permissions", "reset", "--json");
  expect(JSON.parse(await setting("get"))).toMatchObject({ ok: true, result: "blue" });
});
