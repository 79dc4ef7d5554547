// Installing, upgrading, going back and removing while `osaurus serve` runs: what is asked right after the command meets
// what is installed by then, without waiting and without asking twice.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { eventually } from "../helpers/eventually.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { osaurusUser } from "../helpers/osaurus-user.ts";
import { startServe } from "../helpers/serve.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const SUFFIX = process.platform === "darwin" ? "dylib" : "so";
const ID = "test.says-who-asks";
const base = makeTempHome();
afterAll(() => base.remove());

/** A folder to install, with a page that names the version. */
function packageFolder(version: string, change: (library: string) => string = (library) => library): string {
  const folder = tempDir();
  const library = readFileSync(nativeFixture("says-who-asks"), "latin1");
  writeFileSync(join(folder, `plugin.${SUFFIX}`), change(library), "latin1");
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web", "index.html"), `<p>page ${version}</p>`);
  writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify({ plugin_id: ID, version }));
  return folder;
}

async function serving() {
  const user = osaurusUser(base);
  const { url } = await startServe({ ...base.env, OSAURUS_HOME: user.data });
  const headers = { "x-osaurus-agent-id": DEFAULT_AGENT_ID };
  const get = async (path: string) => await fetch(`${url}/plugins/${ID}${path}`, { headers });
  return {
    ...user,
    install: (folder: string) => user.osaurus("tools", "install", folder, "--consent", "--allow-unsigned"),
    status: async (path: string) => (await get(path)).status,
    page: async () => await (await get("/ui/")).text(),
  };
}

test("what is asked right after the command meets what is installed by then", async () => {
  const { osaurus, install, status, page } = await serving();
  // Twice: what was not there a moment ago, and what served a moment ago.
  for (let round = 0; round < 2; round++) {
    expect(await status("/open")).toBe(404);
    expect(await install(packageFolder("1.0.0"))).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining("load"),
    });
    expect([await status("/open"), await status("/opem")]).toEqual([200, 404]);
    expect(await page()).toContain("page 1.0.0");
    await install(packageFolder("2.0.0", (library) => library.replaceAll("/open", "/opem")));
    expect([await status("/opem"), await status("/open")]).toEqual([200, 404]);
    expect(await page()).toContain("page 2.0.0");
    await osaurus("tools", "rollback", ID);
    expect([await status("/open"), await status("/opem")]).toEqual([200, 404]);
    expect(await page()).toContain("page 1.0.0");
    await osaurus("tools", "uninstall", ID);
  }
  expect(await status("/open")).toBe(404);
});

test("what is installed is loaded without being asked for, as all else was when the host started", async () => {
  const { install, json } = await serving();
  await install(packageFolder("1.0.0"));
  // Rows are written in batches.
  await eventually(async () => {
    const rows = (await json("insights", "--plugin", ID)) as unknown as { readonly kind: string }[];
    expect(rows.map(({ kind }) => kind)).toContain("load");
  });
});

test("a version that does not load is said to, and the one that goes on serving is the one that is listed", async () => {
  const { osaurus, json, install, status } = await serving();
  await install(packageFolder("1.0.0"));
  expect(await status("/open")).toBe(200);
  const broken = packageFolder("4.0.0");
  cpSync(nativeFixture("load-init-null"), join(broken, `plugin.${SUFFIX}`));
  const installed = await install(broken);
  expect(installed.code).toBe(0);
  expect(installed.stderr).toContain(`${ID} 4.0.0 does not load, 1.0.0 goes on`);
  expect(await status("/open")).toBe(200);
  // However often somebody looks.
  for (let time = 0; time < 2; time++) {
    const [row] = await json<Record<string, unknown>[]>("tools", "list");
    expect(row).toMatchObject({ plugin_id: ID, version: "1.0.0", state: "loaded", error: { code: "init_failed" } });
  }
  const back = await osaurus("tools", "rollback", ID);
  expect(back.stderr).not.toContain("does not load");
  const [row] = await json<Record<string, unknown>[]>("tools", "list");
  expect(row).toMatchObject({ version: "1.0.0", state: "loaded" });
  expect(row).not.toHaveProperty("error");
});
