// Registries with the real program: from adding one to the upgrade of what was installed from it; and the doctor.

import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../helpers/http-server.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { type MadeRegistry, makeRegistry, serveRegistry } from "../helpers/made-registry.ts";
import { makeSigningKey, signBytes } from "../helpers/minisign-keys.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { type CliResult, runCli } from "../helpers/run-cli.ts";
import { makeTempHome, type TempHome } from "../helpers/temp-home.ts";
import { zipBytes } from "../helpers/zips.ts";

const ID = "test.echoes";
const LIBRARY = process.platform === "darwin" ? "plugin.dylib" : "plugin.so";
const key = makeSigningKey();

/** A package with the library of a fixture. */
function pluginZip(id: string, version: string, { requirements = [] as string[], fixture = "echoes" } = {}): Buffer {
  const manifest = {
    plugin_id: id,
    version,
    capabilities: { tools: [{ id: "echo", description: "gives back", requirements }] },
  };
  return zipBytes([
    { name: LIBRARY, data: readFileSync(nativeFixture(fixture)) },
    { name: "manifest.json", data: JSON.stringify(manifest) },
  ]);
}

function publish(registry: MadeRegistry, version: string, more: Partial<Parameters<MadeRegistry["publish"]>[0]> = {}) {
  registry.publish({ id: ID, version, key, archive: pluginZip(ID, version), ...more });
}

function user() {
  const home: TempHome = makeTempHome();
  const data = home.env["OSAURUS_HOME"]!;
  const run = (...args: string[]) => runCli(args, { program: "osaurus", env: home.env });
  return {
    home,
    data,
    run,
    async json(...args: string[]) {
      const result = await run(...args, "--json");
      return { ...result, document: JSON.parse(result.stdout) };
    },
    current: (id = ID) => readlinkSync(join(data, "Tools", id, "current")),
  };
}

const done = (result: CliResult) => {
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result;
};

describe("a registry in a folder", () => {
  const { home, data, run, json, current } = user();
  let registry: MadeRegistry;
  beforeAll(() => {
    registry = makeRegistry(join(home.path, "registry"));
    publish(registry, "1.0.0");
    registry.publish({ id: "for.others", key, artifact: { os: "plan9" }, entry: { name: "Plan\u001b[31m 9" } });
  });
  afterAll(() => home.remove());

  test("is added once, and listed", async () => {
    expect((await json("registry", "list")).document).toEqual([]);
    done(await run("registry", "add", registry.root));
    expect((await json("registry", "add", registry.root)).document).toMatchObject({ name: "registry", added: false });
    expect((await json("registry", "list")).document).toEqual([
      { name: "registry", location: registry.root, kind: "folder", entries: 2 },
    ]);
  });

  test("is searched by id and name, without a control character on the way to the screen", async () => {
    const all = done(await run("tools", "search"));
    const others = "for.others\tlatest: 1.0.0\tPlan\u241b[31m 9\t(not for this system)\n";
    expect(all.stdout).toBe(`${others}${ID}\tlatest: 1.0.0\tThe ${ID}\n`);
    expect((await json("tools", "search", "THE TEST.ECH")).document).toMatchObject([
      { plugin_id: ID, latest: "1.0.0", name: `The ${ID}`, registry: "registry", runs_here: true },
    ]);
    const none = done(await run("tools", "search", "nothing like it"));
    expect(none).toMatchObject({ stdout: "", stderr: "(no matches)\n" });
  });

  test("gives a plugin that runs at once: its signature is the consent", async () => {
    done(await run("tools", "install", ID));
    const call = await json("tools", "call", ID, "echo", "--args", '{"text":"hi"}', "--yes");
    expect(call, call.stderr).toMatchObject({ code: 0 });
    expect((await json("tools", "list")).document).toMatchObject([{ plugin_id: ID, state: "loaded", unsigned: false }]);
    expect((await json("tools", "outdated")).document).toEqual([]);
    expect((await run("tools", "outdated")).stdout).toBe("All up to date.\n");
  });

  test("has a newer version later, which is installed, and which can be gone back from", async () => {
    publish(registry, "1.1.0");
    expect((await run("tools", "outdated")).stdout).toBe(`${ID}\tinstalled: 1.0.0\tavailable: 1.1.0\n`);
    expect((await json("tools", "outdated")).document).toEqual([
      { plugin_id: ID, installed: "1.0.0", available: "1.1.0", registry: "registry" },
    ]);
    expect(done(await run("tools", "upgrade")).stdout).toBe(`Upgraded ${ID} to 1.1.0\n`);
    expect(done(await run("tools", "upgrade", ID)).stdout).toBe("All up to date.\n");
    done(await run("tools", "rollback", ID));
    expect(current()).toBe("1.0.0");
    expect((await json("tools", "upgrade", ID)).document).toMatchObject([{ plugin_id: ID, upgraded: true }]);
    expect(current()).toBe("1.1.0");
  });

  test("cannot bring in a version that somebody tampered with; the old one stays", async () => {
    const tampered = pluginZip(ID, "1.2.0", { fixture: "segfaults" });
    publish(registry, "1.2.0", { artifact: { minisign: { signature: signBytes(makeSigningKey(key.id), tampered) } } });
    const result = await run("tools", "upgrade");
    expect(result.code).toBe(20);
    expect(result.stderr).toContain("[signature_invalid]");
    expect(current()).toBe("1.1.0");
    expect(readdirSync(join(data, "Tools", ID)).sort()).toEqual(["1.0.0", "1.1.0", "current"]);
  });

  test("cannot change the key, unless the old key signed the new one", async () => {
    const fresh = makeSigningKey();
    const keys = { minisign: fresh.publicKey, previous: key.publicKey };
    const archive = pluginZip(ID, "2.0.0");
    publish(registry, "2.0.0", { key: fresh, archive, entry: { public_keys: keys } });
    const refused = await json("tools", "upgrade");
    expect(refused.code).toBe(20);
    expect(refused.document).toMatchObject([{ upgraded: false, error: { code: "signing_key_changed" } }]);
    expect(current()).toBe("1.1.0");
    const rotation_signature = signBytes(key, Buffer.from(fresh.publicKey));
    rmSync(join(registry.root, "plugins", `${ID}.json`));
    publish(registry, "2.0.0", { key: fresh, archive, entry: { public_keys: { ...keys, rotation_signature } } });
    done(await run("tools", "upgrade"));
    expect(current()).toBe("2.0.0");
    const receipt = JSON.parse(readFileSync(join(data, "Tools", ID, "2.0.0/receipt.json"), "utf8"));
    expect(receipt.public_keys).toEqual({ minisign: fresh.publicKey });
  });

  test("is forgotten, and what was installed from it stays", async () => {
    done(await run("registry", "remove", "registry"));
    expect((await run("registry", "remove", "registry")).code).toBe(10);
    expect((await run("tools", "install", "for.others")).code).toBe(10);
    expect(current()).toBe("2.0.0");
  });
});

test("a version that asks for more is not put to use unasked, and keeps no other plugin from its upgrade", async () => {
  const { home, run, json, current } = user();
  try {
    const registry = makeRegistry(join(home.path, "registry"));
    const other = "a.other";
    publish(registry, "1.0.0");
    registry.publish({ id: other, key, archive: pluginZip(other, "1.0.0") });
    done(await run("registry", "add", registry.root));
    done(await run("tools", "install", ID));
    done(await run("tools", "install", other));
    publish(registry, "1.1.0", { archive: pluginZip(ID, "1.1.0", { requirements: ["network"] }) });
    registry.publish({ id: other, version: "1.1.0", key, archive: pluginZip(other, "1.1.0") });
    const result = await json("tools", "upgrade");
    expect(result.code).toBe(20);
    expect(result.document).toMatchObject([
      { plugin_id: other, upgraded: true },
      { plugin_id: ID, upgraded: false, error: { code: "consent_required" } },
    ]);
    expect([current(other), current()]).toEqual(["1.1.0", "1.0.0"]);
    done(await run("tools", "upgrade", ID, "--consent"));
    expect(current()).toBe("1.1.0");
  } finally {
    home.remove();
  }
});

test("several failures of an upgrade exit with 1, a plugin that is not installed with 10", async () => {
  const { home, run, json } = user();
  try {
    const registry = makeRegistry(join(home.path, "registry"));
    done(await run("registry", "add", registry.root));
    for (const id of ["one.plugin", "two.plugin"]) {
      registry.publish({ id, key, archive: pluginZip(id, "1.0.0") });
      done(await run("tools", "install", id));
      registry.publish({ id, version: "1.1.0", key, artifact: { sha256: "0".repeat(64) } });
    }
    const result = await json("tools", "upgrade");
    expect(result.code).toBe(1);
    expect(result.document.map((row: { error: { code: string } }) => row.error.code)).toEqual([
      "download_mismatch",
      "download_mismatch",
    ]);
    expect((await run("tools", "upgrade", "three.plugin")).code).toBe(10);
  } finally {
    home.remove();
  }
});

describe("what cannot be looked up for an installed plugin", () => {
  const [A, B, C] = ["com.u.a", "com.u.b", "com.u.c"] as const;
  const codes = (document: { plugin_id: string; error?: { code: string } }[]) =>
    document.map(({ plugin_id, error }) => [plugin_id, error?.code]);

  /** A user with these plugins from a registry in a folder, which has newer versions of all of them. */
  async function upgradable(...ids: string[]) {
    const one = user();
    const registry = makeRegistry(join(one.home.path, "registry"));
    done(await one.run("registry", "add", registry.root));
    for (const id of ids) registry.publish({ id, key, archive: pluginZip(id, "1.0.0") });
    for (const id of ids) done(await one.run("tools", "install", id));
    for (const id of ids) registry.publish({ id, version: "1.1.0", key, archive: pluginZip(id, "1.1.0") });
    return { ...one, registry };
  }

  test("a broken entry is a row with its error, and keeps no other plugin from its upgrade", async () => {
    const { home, run, json, current, registry } = await upgradable(A, B, C);
    try {
      registry.write(`plugins/${B}.json`, "{");
      const outdated = await json("tools", "outdated");
      expect(outdated.code).toBe(20);
      expect(outdated.document).toMatchObject([
        { plugin_id: A, installed: "1.0.0", available: "1.1.0", registry: "registry" },
        { plugin_id: B, installed: "1.0.0", error: { code: "registry_invalid" } },
        { plugin_id: C, installed: "1.0.0", available: "1.1.0", registry: "registry" },
      ]);
      expect(Object.keys(outdated.document[1])).toEqual(["plugin_id", "installed", "error"]);
      expect(outdated.stderr).toMatch(/^error: com\.u\.b: .*not JSON.* \[registry_invalid\]\nhelp: .*\n$/);
      const text = await run("tools", "outdated");
      expect(text.code).toBe(20);
      expect(text.stdout.split("\n").map((line) => line.split("\t")[0])).toEqual([A, C, ""]);

      const upgraded = await json("tools", "upgrade");
      expect(upgraded.code).toBe(20);
      expect(upgraded.document).toMatchObject([
        { plugin_id: A, upgraded: true },
        { plugin_id: B, installed: "1.0.0", upgraded: false, error: { code: "registry_invalid" } },
        { plugin_id: C, upgraded: true },
      ]);
      expect(upgraded.stderr).toMatch(/^error: com\.u\.b was not upgraded: .* \[registry_invalid\]\nhelp: .*\n$/);
      expect([current(A), current(B), current(C)]).toEqual(["1.1.0", "1.0.0", "1.1.0"]);
      // The one that is asked for is told of in the same way.
      const one = await json("tools", "upgrade", B);
      expect(one).toMatchObject({ code: 20, document: [{ plugin_id: B, upgraded: false }] });

      registry.write(`plugins/${C}.json`, "{");
      for (const command of ["outdated", "upgrade"]) {
        const several = await json("tools", command);
        expect(several.code).toBe(1);
        const [b, c] = codes(several.document);
        expect([b, c]).toEqual([
          [B, "registry_invalid"],
          [C, "registry_invalid"],
        ]);
      }
      expect((await run("tools", "outdated")).stdout).toBe("");
    } finally {
      home.remove();
    }
  });

  test("registries that do not agree on the key are an error, and a plugin that none has is not mentioned", async () => {
    const { home, run, json, registry } = await upgradable(A, B);
    try {
      rmSync(join(registry.root, `plugins/${B}.json`));
      const second = makeRegistry(join(home.path, "second"));
      second.publish({ id: A, key: makeSigningKey(), archive: pluginZip(A, "1.1.0") });
      done(await run("registry", "add", second.root));
      const { code, stdout, stderr } = await run("tools", "outdated");
      expect({ code, stdout }).toEqual({ code: 20, stdout: "" });
      expect(stderr.match(/name different signing keys/g)).toHaveLength(1);
      const rows = await json("tools", "outdated");
      expect(codes(rows.document)).toEqual([[A, "signing_key_changed"]]);
    } finally {
      home.remove();
    }
  });

  test("a folder that is gone is an error for each plugin, told once and by what it is", async () => {
    const { home, run, json, registry } = await upgradable(A, B);
    try {
      rmSync(registry.root, { recursive: true });
      for (const command of ["outdated", "upgrade"]) {
        const gone = await json("tools", command);
        expect(gone.code).toBe(1);
        expect(codes(gone.document)).toEqual([
          [A, "registry_unreachable"],
          [B, "registry_unreachable"],
        ]);
        expect(gone.stderr.match(/the folder \S+ is not there/g)).toHaveLength(1);
        expect(gone.stderr).toContain(`${A}, ${B}`);
      }
      const search = await run("tools", "search");
      expect(search).toMatchObject({ code: 30, stdout: "" });
      expect(search.stderr).toMatch(/^error: .*is not there \[registry_unreachable\]\nhelp: .*\n$/);
      expect(search.stderr).not.toContain("network");
      done(await run("tools", "uninstall", A));
      expect((await json("tools", "outdated")).code).toBe(30);
    } finally {
      home.remove();
    }
  });

  test("a registry on the web that is out of reach is told of once, and not held to have what it never had", async () => {
    const { home, run, json } = user();
    try {
      const registry = makeRegistry(join(home.path, "registry"));
      for (const id of [A, C]) registry.publish({ id, key, archive: pluginZip(id, "1.0.0") });
      const files = [A, C].flatMap((id) => [`plugins/${id}.json`, `artifacts/${id}-1.0.0.zip`]);
      const server = await serveRegistry(registry, files);
      done(await run("registry", "add", server.url, "--name", "web"));
      for (const id of [A, C]) done(await run("tools", "install", id));
      installFixture(home.env["OSAURUS_HOME"]!, "echoes", { id: B });
      done(await run("tools", "outdated"));
      await server.stop();
      for (const command of ["outdated", "upgrade"]) {
        const { stdout, stderr } = done(await run("tools", command));
        expect(stdout).toBe("All up to date.\n");
        expect(stderr).toMatch(/^warning: the registry "web" cannot be read; what was kept of it is used: .*\n$/);
        expect(stderr).not.toContain("com.u");
      }
      // With nothing kept there is nothing to go by.
      done(await run("tools", "reset"));
      const nothing = await json("tools", "outdated");
      expect(nothing.code).toBe(1);
      expect(codes(nothing.document)).toEqual([A, B, C].map((id) => [id, "registry_unreachable"]));
      expect(nothing.stderr.match(/ECONNREFUSED/g)).toHaveLength(1);
      expect(nothing.stderr).not.toContain("plugins/");
    } finally {
      home.remove();
    }
  });

  test("the list of registries counts the entries that are usable, and says how many are not", async () => {
    const { home, run, json } = user();
    try {
      const registry = makeRegistry(join(home.path, "registry"));
      registry.publish({ id: A, key });
      registry.write(`plugins/${B}.json`, "{");
      done(await run("registry", "add", registry.root));
      expect((await json("registry", "list")).document).toEqual([
        { name: "registry", location: registry.root, kind: "folder", entries: 1, broken: 1 },
      ]);
      expect(done(await run("registry", "list")).stdout).toMatch(/broken/i);
      rmSync(join(registry.root, `plugins/${B}.json`));
      expect((await json("registry", "list")).document).toMatchObject([{ entries: 1 }]);
      expect(done(await run("registry", "list")).stdout).not.toMatch(/broken/i);
    } finally {
      home.remove();
    }
  });
});

test("a registry on the web is used in the same way, and known from before while it cannot be reached", async () => {
  const { home, run, json, current } = user();
  try {
    const registry = makeRegistry(join(home.path, "registry"));
    publish(registry, "1.0.0");
    registry.write("plugins/index.json", JSON.stringify([ID]));
    const files = [`plugins/${ID}.json`, "plugins/index.json", `artifacts/${ID}-1.0.0.zip`];
    const server = await serveRegistry(registry, files);
    done(await run("registry", "add", server.url, "--name", "web"));
    expect((await json("registry", "list")).document).toMatchObject([{ name: "web", kind: "url", entries: 1 }]);
    done(await run("tools", "install", `${ID}@1.0.0`));
    await server.stop();
    const search = done(await run("tools", "search", "echo"));
    expect(search.stdout).toContain(`${ID}\tlatest: 1.0.0`);
    expect(search.stderr).toContain("what was kept of it is used");
    expect(current()).toBe("1.0.0");
    expect((await json("tools", "install", "never.seen")).document).toMatchObject({
      error: { code: "registry_unreachable" },
    });
    done(await run("tools", "reset"));
    expect((await run("tools", "search")).code).toBe(30);
    done(await run("registry", "remove", "web"));
    expect(existsSync(join(home.env["OSAURUS_HOME"]!, "PluginSpecs/web"))).toBe(false);
    expect(readdirSync(home.env["TMPDIR"]!)).toEqual([]);
  } finally {
    home.remove();
  }
});

test("a package from an address needs --allow-unsigned and --consent, unless a known key signed it", async () => {
  const { home, run, json } = user();
  try {
    const name = `/${ID}-1.0.0.zip`;
    const archive = pluginZip(ID, "1.0.0");
    const { url } = await startServer({ [name]: archive });
    expect((await json("tools", "install", `${url}${name}`)).document).toMatchObject({
      error: { code: "unsigned_refused" },
    });
    done(await run("tools", "install", `${url}${name}`, "--allow-unsigned", "--consent"));
    expect((await json("tools", "list")).document).toMatchObject([{ plugin_id: ID, state: "loaded", unsigned: true }]);

    const signed = await startServer({ [name]: archive, [`${name}.minisig`]: signBytes(key, archive) });
    const registry = makeRegistry(join(home.path, "registry"));
    publish(registry, "0.9.0");
    done(await run("registry", "add", registry.root));
    done(await run("tools", "install", `${signed.url}${name}`, "--consent"));
    expect((await json("tools", "list")).document).toMatchObject([{ plugin_id: ID, unsigned: false }]);
  } finally {
    home.remove();
  }
});

describe("the doctor", () => {
  const { home, data, run, json } = user();
  afterAll(() => home.remove());
  const statuses = (findings: { code: string; status: string }[]) =>
    Object.fromEntries(findings.map(({ code, status }) => [code, status]));

  test("examines what is installed, each with its id", async () => {
    installFixture(data, "echoes");
    installFixture(data, "requires-network", { consent: false });
    const { code, document } = await json("tools", "doctor");
    expect(code).toBe(0);
    const of = (id: string) => statuses(document.filter((one: { plugin_id: string }) => one.plugin_id === id));
    expect(of(ID)).toEqual({
      current_link: "ok",
      version_folder: "ok",
      receipt: "ok",
      library_hash: "ok",
      signature: "warn",
      consent: "ok",
      quarantine: "ok",
      file_kind: "ok",
      architecture: "ok",
      exports: "ok",
      dependencies: "ok",
      ...(process.platform === "linux" ? { libc_version: "ok" } : {}),
      dlopen: "ok",
      entry_symbol: "ok",
      ...(process.platform === "darwin" ? { code_signature: "warn" } : {}),
    });
    // Without consent no code of it runs, and opening a library runs code.
    expect(of("test.requires-network")).toMatchObject({ consent: "warn", dlopen: "warn" });
    expect(document[0]).toMatchObject({ label: "current link", detail: "current -> 1.0.0", hint: null });
    const text = await run("tools", "doctor", ID);
    expect(text.stdout).toContain(`${ID}\n[OK] current link - current -> 1.0.0\n`);
    expect((await run("tools", "doctor", "all")).code).toBe(0);
  });

  test.each([
    ["a changed library", "library_hash", (folder: string) => appendFileSync(join(folder, LIBRARY), "more")],
    ["a missing library", "library_hash", (folder: string) => rmSync(join(folder, LIBRARY))],
    ["a broken receipt", "receipt", (folder: string) => writeFileSync(join(folder, "receipt.json"), "{")],
    ["a dangling link", "current_link", (folder: string) => rmSync(folder, { recursive: true })],
  ])("finds %s, and does not open the library then", async (_, finding, damage) => {
    const folder = installFixture(data, "load-constructor-crashes", { id: "bad.plugin" });
    damage(folder);
    const { code, document } = await json("tools", "doctor", "bad.plugin");
    expect(code).toBe(1);
    const found = statuses(document);
    expect(found[finding]).toBe("fail");
    expect(["ok", "fail"]).not.toContain(found["dlopen"]);
    rmSync(join(data, "Tools/bad.plugin"), { recursive: true });
  });

  test("finds one that is quarantined", async () => {
    installFixture(data, "load-constructor-crashes", { id: "held.plugin" });
    writeFileSync(join(data, "Tools/.quarantine"), JSON.stringify(["held.plugin"]));
    const { code, document } = await json("tools", "doctor", "held.plugin");
    expect(code).toBe(1);
    // A load would not open it either.
    expect(statuses(document)).toMatchObject({ quarantine: "fail", dlopen: "warn" });
    rmSync(join(data, "Tools/.quarantine"));
    rmSync(join(data, "Tools/held.plugin"), { recursive: true });
  });

  test.each([
    ["echoes", 0, "entry_symbol", "ok", "osaurus_plugin_entry_v2"],
    // Nothing of the plugin's own is called: these would crash or hang.
    ["load-init-crashes", 0, "entry_symbol", "ok", "osaurus_plugin_entry_v2"],
    ["load-init-hangs", 0, "entry_symbol", "ok", "osaurus_plugin_entry_v2"],
    ["load-no-entry", 1, "entry_symbol", "fail", "no plugin entry"],
    ["load-constructor-crashes", 1, "dlopen", "fail", "SIGABRT"],
    ["load-link-missing", 1, "dlopen", "fail", "undefined symbol"],
  ])("examines the library %s", async (fixture, exit, finding, status, detail) => {
    const { code, document } = await json("tools", "doctor", nativeFixture(fixture));
    expect(code).toBe(exit);
    const found = document.find((one: { code: string }) => one.code === finding);
    expect(found).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(found).not.toHaveProperty("plugin_id");
  });

  test("says what a file is that is no library for this system", async () => {
    const path = join(home.path, "text.so");
    writeFileSync(path, "#!/bin/sh\n");
    const { code, document } = await json("tools", "doctor", path);
    expect(code).toBe(1);
    expect(document).toMatchObject([
      { code: "file_kind", status: "fail", detail: expect.stringContaining("no library but a text: a script") },
      { code: "dlopen", status: "warn" },
    ]);
  });

  test("knows what is not there", async () => {
    expect((await json("tools", "doctor", "no.such")).document).toMatchObject({ error: { code: "plugin_unknown" } });
    expect((await json("tools", "doctor", "./no-such.so")).document).toMatchObject({
      error: { code: "library_unknown" },
    });
    expect((await run("tools", "doctor", "../Tools")).code).toBe(10);
  });
});
