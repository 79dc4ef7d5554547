// Every way in which a native plugin fails to load, as a person and a script see it: the page of the decision tree
// (docs/debugging-native-plugins.md) has the same rows.

import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InstallFixtureOptions, installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome, type TempHome } from "../helpers/temp-home.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/debugging-native-plugins.md"), "utf8");

let home: TempHome;
beforeAll(() => {
  home = makeTempHome();
});
afterAll(() => home.remove());

interface Branch {
  readonly code: string;
  readonly state: "failed" | "quarantined" | "consent_required";
  readonly exit: number;
  /** What the message and the hint have to say. */
  readonly says: RegExp;
  readonly hint: RegExp;
  install(data: string): void;
}

const fixture = (name: string, options: InstallFixtureOptions = {}) => ({
  install: (data: string) => void installFixture(data, name, { id: "test.plugin", ...options }),
});

function cut(): string {
  const path = join(tempDir(), "cut.so");
  copyFileSync(nativeFixture("echoes"), path);
  truncateSync(path, 4000);
  return path;
}

const BRANCHES: Readonly<Record<string, Branch>> = {
  "dlopen failed": {
    ...fixture("load-link-missing"),
    code: "library_load_failed",
    state: "failed",
    exit: 30,
    says: /dlopen failed for "test.plugin": \/.*plugin\.(so|dylib): undefined symbol/,
    hint: /what it links to/,
  },
  "library cut short": {
    install: (data) => void installFixture(data, "echoes", { id: "test.plugin", library: cut() }),
    code: "library_wrong_machine",
    state: "failed",
    exit: 30,
    says: /cut short|truncated|beyond the end/,
    hint: /./,
  },
  "entry missing": {
    ...fixture("load-no-entry"),
    code: "entry_missing",
    state: "failed",
    exit: 30,
    says: /no plugin entry/,
    hint: /osaurus_plugin_entry_v2/,
  },
  "entry returned NULL": {
    ...fixture("load-entry-null"),
    code: "entry_null",
    state: "failed",
    exit: 30,
    says: /v2 entry returned null API/,
    hint: /static osr_plugin_api/,
  },
  "functions missing in the table": {
    ...fixture("load-table-incomplete"),
    code: "table_incomplete",
    state: "failed",
    exit: 30,
    says: /lacks/,
    hint: /are required/,
  },
  "init returned NULL": {
    ...fixture("load-init-null"),
    code: "init_failed",
    state: "failed",
    exit: 30,
    says: /Plugin initialization failed/,
    hint: /init must return a context/,
  },
  "manifest unreadable": {
    ...fixture("load-manifest-not-json"),
    code: "manifest_invalid",
    state: "failed",
    exit: 30,
    says: /Failed to parse plugin manifest/,
    hint: /manifest extract/,
  },
  "manifest missing": {
    ...fixture("load-manifest-null"),
    code: "manifest_missing",
    state: "failed",
    exit: 30,
    says: /Failed to parse plugin manifest/,
    hint: /get_manifest/,
  },
  "route under the web mount": {
    ...fixture("load-mount-overlap", { id: "test.load-mount-overlap" }),
    code: "mount_overlap",
    state: "failed",
    exit: 30,
    says: /Plugin test\.load-mount-overlap declares route '\/ui\/health' under web mount '\/ui'; the static web branch would shadow this route\. Move the route outside the web mount or remove the web mount overlap\./,
    hint: /web\.mount|route/,
  },
  "another plugin's id": {
    ...fixture("echoes"),
    code: "plugin_id_mismatch",
    state: "failed",
    exit: 30,
    says: /says that it is "test.echoes"/,
    hint: /plugin_id/,
  },
  "consent required": {
    ...fixture("echoes", { consent: false }),
    code: "consent_required",
    state: "consent_required",
    exit: 20,
    says: /waits for your consent/,
    hint: /--consent/,
  },
  "not signed": {
    ...fixture("echoes", { receipt: { allow_unsigned: undefined } }),
    code: "unsigned_refused",
    state: "failed",
    exit: 20,
    says: /not signed/,
    hint: /--allow-unsigned/,
  },
  "no receipt": {
    ...fixture("echoes", { receipt: false }),
    code: "receipt_missing",
    state: "failed",
    exit: 20,
    says: /no receipt/,
    hint: /tools install/,
  },
  "library changed": {
    install: (data) => {
      const folder = installFixture(data, "echoes", { id: "test.plugin" });
      const library = join(folder, process.platform === "darwin" ? "plugin.dylib" : "plugin.so");
      writeFileSync(library, Buffer.concat([readFileSync(library), Buffer.from([0])]));
    },
    code: "library_changed",
    state: "failed",
    exit: 20,
    says: /not the library that was installed/,
    hint: /install it again/,
  },
  "crash while loading": {
    ...fixture("load-init-crashes"),
    code: "load_crashed",
    state: "quarantined",
    exit: 30,
    says: /crashed with SIGSEGV in init/,
    hint: /osaurus tools logs test.plugin/,
  },
  "exit while loading": {
    ...fixture("load-init-exits"),
    code: "load_crashed",
    state: "quarantined",
    exit: 30,
    says: /called exit/,
    hint: /osaurus tools logs test.plugin/,
  },
};

for (const [name, branch] of Object.entries(BRANCHES)) {
  test(`${name}: ${branch.code}, with what to do next, in the list, the call and the log`, async () => {
    const data = tempDir();
    branch.install(data);
    const env = { ...home.env, OSAURUS_HOME: data };
    const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });

    const call = await osaurus("tools", "call", idOf(branch), "echo", "--json");
    expect(call.code).toBe(branch.exit);
    const { error } = JSON.parse(call.stdout);
    expect(error).toMatchObject({ code: branch.code, message: expect.stringMatching(branch.says) });
    expect(error.hint).toMatch(branch.hint);

    const list = await osaurus("tools", "list", "--json");
    expect(list.code).toBe(0);
    const [row] = JSON.parse(list.stdout);
    expect(row).toMatchObject({ plugin_id: idOf(branch), state: branch.state, tools: [] });
    expect(row.error.code).toBe(branch.state === "quarantined" ? "plugin_quarantined" : branch.code);
    expect(row).not.toHaveProperty("pid");

    const logs = await osaurus("tools", "logs", idOf(branch), "--json");
    expect(
      JSON.parse(logs.stdout)
        .map(({ text }: { text: string }) => text)
        .join("\n"),
    ).toMatch(branch.says);
    expect(PAGE).toContain(`\`${branch.code}\``);
  });
}

function idOf(branch: Branch): string {
  return branch.code === "mount_overlap" ? "test.load-mount-overlap" : "test.plugin";
}

test("a quarantined plugin is tried again by retry, which says how it went", async () => {
  const data = tempDir();
  installFixture(data, "load-init-crashes");
  const env = { ...home.env, OSAURUS_HOME: data };
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  const id = "test.load-init-crashes";
  expect((await osaurus("tools", "list")).stderr).toContain("load_crashed");
  const held = await osaurus("tools", "call", id, "echo");
  expect(held).toMatchObject({ code: 30, stderr: expect.stringContaining(`osaurus tools retry ${id}`) });
  expect((await osaurus("tools", "retry", id)).code).toBe(30);

  writeFileSync(join(data, "Tools/.quarantine"), JSON.stringify([id]));
  installFixture(data, "echoes");
  writeFileSync(join(data, "Tools/.quarantine"), JSON.stringify(["test.echoes", id]));
  const retried = await osaurus("tools", "retry", "test.echoes", "--json");
  expect(retried.code).toBe(0);
  expect(JSON.parse(retried.stdout)).toMatchObject({ plugin_id: "test.echoes", state: "loaded", abi: 6 });
  const reset = await osaurus("tools", "reset", "--json");
  expect(JSON.parse(reset.stdout)).toEqual({ released: 1 });
  expect((await osaurus("tools", "retry", "not.there")).code).toBe(10);
});

test("reload without a resident host says how every plugin fares", async () => {
  const data = tempDir();
  installFixture(data, "echoes");
  installFixture(data, "load-init-null");
  const env = { ...home.env, OSAURUS_HOME: data };
  const result = await runCli(["tools", "reload", "--json"], { program: "osaurus", env });
  expect(JSON.parse(result.stdout).map((row: { state: string }) => row.state)).toEqual(["loaded", "failed"]);
  expect(result.code).toBe(30);
  expect(result.stderr).toContain("Reload signal sent.");
  const one = await runCli(["tools", "reload", "test.echoes"], { program: "osaurus", env });
  expect(one.code).toBe(0);
});
