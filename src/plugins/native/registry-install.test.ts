import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { type Answer, redirect, startServer } from "../../../test/helpers/http-server.ts";
import { ARCHIVE, type MadeRegistry, makeRegistry, serveRegistry } from "../../../test/helpers/made-registry.ts";
import { makeSigningKey, signBytes } from "../../../test/helpers/minisign-keys.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { REGISTRY_ENTRY_BYTES_MAX } from "../../protocol/limits.ts";
import { openRegistries } from "./find-in-registries.ts";
import { parsePublicKey } from "./minisign.ts";
import { findOutdated } from "./outdated.ts";
import { addRegistry } from "./registries.ts";
import { fetchFromRegistry, fetchUrl, knownKey } from "./registry-install.ts";
import { openRegistry } from "./registry-source.ts";

const key = makeSigningKey();
const ID = "my.plugin";
const ZIP = `artifacts/${ID}-1.0.0.zip`;
const ENTRY = `plugins/${ID}.json`;

/** A user with these registries, in this order. Nothing may be left in the folder for downloads at the end. */
async function user(...locations: string[]) {
  const home = tempDir();
  const notes: string[] = [];
  const paths = { data: join(home, "data"), cache: join(home, "cache") };
  const deps = { paths, note: (text: string) => void notes.push(text) };
  for (const typed of locations) await addRegistry(paths.data, { typed, cwd: "/" });
  const left = () => {
    try {
      return readdirSync(join(paths.cache, "downloads"));
    } catch {
      return [];
    }
  };
  /** Expects a failure that leaves nothing behind. */
  const refused = async (work: Promise<unknown>, code: string, message = "") => {
    await expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(left()).toEqual([]);
  };
  return { ...paths, deps, notes, left, refused };
}

/** Writes a receipt as installing would. */
function installed(data: string, publicKey: string | null, version = "1.0.0") {
  const folder = join(data, "Tools", ID, version);
  mkdirSync(folder, { recursive: true });
  const minisign = publicKey === null ? null : { signature: "x" };
  const receipt = {
    plugin_id: ID,
    version,
    installed_at: "2026-01-01T00:00:00Z",
    dylib_filename: "p.so",
    dylib_sha256: "0".repeat(64),
    platform: "linux",
    arch: "x64",
    public_keys: publicKey === null ? null : { minisign: publicKey },
    artifact: { url: "x", sha256: "0".repeat(64), minisign },
  };
  writeFileSync(join(folder, "receipt.json"), JSON.stringify(receipt));
  symlinkSync(version, join(data, "Tools", ID, "current"));
}

/** Each way to read the same registry. */
const kinds: readonly [string, (registry: MadeRegistry) => Promise<string>][] = [
  ["folder", async ({ root }) => root],
  ["URL", async (registry) => (await serveRegistry(registry, [ENTRY, ZIP])).url],
];

describe.each(kinds)("a plugin from a registry that is a %s", (kind, open) => {
  test("is fetched and verified, and goes when it is disposed of", async () => {
    const registry = makeRegistry();
    registry.publish({ key });
    const { deps, left } = await user(await open(registry));
    const source = await fetchFromRegistry(deps, ID);
    expect(readFileSync(source.path)).toEqual(ARCHIVE);
    expect(source).toMatchObject({
      kind: "archive",
      identity: { pluginId: ID, version: "1.0.0" },
      fromRegistry: true,
      verified: { publicKey: key.publicKey, artifact: { size: ARCHIVE.length } },
    });
    const { artifact } = source.verified!;
    expect(artifact.minisign?.key_id).toBe(parsePublicKey(key.publicKey).keyId);
    expect(artifact.url).toContain(kind === "URL" ? `/${ZIP}` : pathToFileURL(join(registry.root, ZIP)).href);
    await source.dispose?.();
    expect(left()).toEqual([]);
  });

  const other = makeSigningKey();
  test.each([
    ["another hash", { artifact: { sha256: "0".repeat(64) } }, "download_mismatch", "SHA-256"],
    ["a smaller size", { artifact: { size: 3 } }, "download_mismatch", "more bytes than the 3"],
    ["a larger size", { artifact: { size: 300 } }, "download_mismatch", "should have 300"],
    ["no signature", { artifact: { minisign: null } }, "signature_invalid", "has no signature"],
    ["no member for a signature", { artifact: { minisign: undefined } }, "signature_invalid", "has no signature"],
    ["no real signature", { artifact: { minisign: { signature: "x" } } }, "signature_invalid", "not 4"],
    [
      "the signature of another file",
      { artifact: { minisign: { signature: signBytes(key, Buffer.from("other")) } } },
      "signature_invalid",
      "not a signature of this file",
    ],
    [
      "a signature by another key",
      { artifact: { minisign: { signature: signBytes(other, ARCHIVE) } } },
      "signature_invalid",
      "made with the key",
    ],
    ["a key of somebody else", { entry: { public_keys: { minisign: other.publicKey } } }, "signature_invalid", ""],
    ["no key", { entry: { public_keys: {} } }, "registry_invalid", "public_keys.minisign: is missing"],
    ["another plugin's entry", { entry: { plugin_id: "other" } }, "registry_invalid", 'plugin_id: must be "my.plugin"'],
    ["nothing for this system", { artifact: { os: "plan9" } }, "version_unknown", "plan9"],
    ["an archive that is not there", { artifact: { url: "artifacts/none.zip" } }, "", ""],
    [
      "an http address elsewhere",
      { artifact: { url: "http://192.0.2.1/x.zip" } },
      "registry_invalid",
      "http is for this machine",
    ],
    [
      "a file address",
      { artifact: { url: pathToFileURL("/etc/passwd").href } },
      "registry_invalid",
      "neither https nor http",
    ],
    ["a scheme-less address", { artifact: { url: "//192.0.2.1/x" } }, "registry_invalid", ""],
  ])("is refused with %s", async (_, wrong, code, message) => {
    const registry = makeRegistry();
    registry.publish({ key, ...wrong });
    const { deps, refused } = await user(await open(registry));
    const missing = kind === "URL" ? "download_failed" : "registry_invalid";
    await refused(fetchFromRegistry(deps, ID), code || missing, message);
  });

  test("is not there under names that are none, or that nobody has", async () => {
    const registry = makeRegistry();
    registry.publish({ key });
    registry.write("plugins/index.json", JSON.stringify([ID]));
    registry.write("secret.json", "{}");
    const { deps, refused } = await user(await open(registry));
    for (const id of ["../secret", "plugins/my.plugin", "no.such", "", "a\0b"]) {
      await refused(fetchFromRegistry(deps, id), "plugin_unknown");
    }
    await expect(fetchFromRegistry(deps, "my.plugim")).rejects.toMatchObject({ code: "plugin_unknown" });
  });

  test("is taken in the version that was asked for, or not at all", async () => {
    const registry = makeRegistry();
    registry.publish({ key, version: "1.0.0" });
    registry.publish({ key, version: "1.1.0", archive: Buffer.from("newer") });
    const { deps, refused } = await user(await open(registry));
    const old = await fetchFromRegistry(deps, ID, "1.0.0");
    expect(old.identity?.version).toBe("1.0.0");
    await old.dispose?.();
    await refused(fetchFromRegistry(deps, ID, "2.0.0"), "version_unknown");
  });

  test("is held against the key of the installed version, before anything is fetched", async () => {
    const registry = makeRegistry();
    registry.publish({ key, artifact: { url: "artifacts/never-asked-for.zip" } });
    const { deps, data, refused } = await user(await open(registry));
    installed(data, other.publicKey);
    await refused(fetchFromRegistry(deps, ID), "signing_key_changed", parsePublicKey(key.publicKey).keyId);
  });

  test("is fetched over an installed version of the same key, and over one without any", async () => {
    const registry = makeRegistry();
    registry.publish({ key });
    const location = await open(registry);
    for (const pinned of [key.publicKey, null]) {
      const { deps, data } = await user(location);
      installed(data, pinned);
      await (await fetchFromRegistry(deps, ID)).dispose?.();
    }
  });

  test("an entry may be as large as the limit and not larger", async () => {
    const registry = makeRegistry();
    registry.publish({ key });
    const text = readFileSync(join(registry.root, ENTRY), "utf8");
    const { deps, refused, data } = await user(await open(registry));
    registry.write(ENTRY, text.padEnd(REGISTRY_ENTRY_BYTES_MAX));
    await (await fetchFromRegistry(deps, ID)).dispose?.();
    rmSync(join(data, "PluginSpecs"), { recursive: true, force: true });
    registry.write(ENTRY, text.padEnd(REGISTRY_ENTRY_BYTES_MAX + 1));
    const code = kind === "URL" ? "registry_unreachable" : "registry_invalid";
    await refused(fetchFromRegistry(deps, ID), code, "1048576 bytes");
  });
});

describe("a rotated key", () => {
  const [old, fresh] = [makeSigningKey(), makeSigningKey()];
  const idOf = (text: string) => parsePublicKey(text).keyId;
  const asFile = `untrusted comment: minisign public key ${idOf(fresh.publicKey)}\n${fresh.publicKey}\n`;
  const handover = (text: string, by = old) => signBytes(by, Buffer.from(text));

  async function fetchWith(keys: object, pinned = old.publicKey) {
    const registry = makeRegistry();
    registry.publish({ key: fresh, entry: { public_keys: { minisign: fresh.publicKey, ...keys } } });
    const { deps, data, refused } = await user(registry.root);
    installed(data, pinned);
    return { fetching: fetchFromRegistry(deps, ID), refused };
  }

  test.each([
    ["the key's line", fresh.publicKey],
    ["the line with its end", `${fresh.publicKey}\n`],
    ["the file that minisign writes", asFile],
  ])("is accepted when the old one signed %s", async (_, text) => {
    const { fetching } = await fetchWith({ previous: old.publicKey, rotation_signature: handover(text) });
    const source = await fetching;
    expect(source.verified).toMatchObject({ publicKey: fresh.publicKey, previousKey: old.publicKey });
    await source.dispose?.();
  });

  const third = makeSigningKey();
  test.each([
    ["nothing says so", {}],
    ["only the old key is named", { previous: old.publicKey }],
    ["only a signature is there", { rotation_signature: handover(fresh.publicKey) }],
    ["the new key signed itself", { previous: old.publicKey, rotation_signature: handover(fresh.publicKey, fresh) }],
    ["another key was signed", { previous: old.publicKey, rotation_signature: handover(third.publicKey) }],
    ["a third key handed over", { previous: third.publicKey, rotation_signature: handover(fresh.publicKey, third) }],
    [
      "a third key signed under the old one's id",
      { previous: old.publicKey, rotation_signature: handover(fresh.publicKey, makeSigningKey(old.id)) },
    ],
    ["the signature is none", { previous: old.publicKey, rotation_signature: "x" }],
  ])("is refused when %s", async (_, keys) => {
    const { fetching, refused } = await fetchWith(keys);
    await refused(fetching, "signing_key_changed");
  });

  test("does not count for an installed version of yet another key", async () => {
    const keys = { previous: old.publicKey, rotation_signature: handover(fresh.publicKey) };
    const { fetching, refused } = await fetchWith(keys, third.publicKey);
    await refused(fetching, "signing_key_changed");
  });
});

describe("a folder", () => {
  test.each([
    "../outside.zip",
    "artifacts/../../outside.zip",
    "/outside.zip",
    "..%2Foutside.zip",
    "artifacts/link.zip",
  ])("does not lead out of itself by %s", async (url) => {
    const parent = tempDir();
    writeFileSync(join(parent, "outside.zip"), ARCHIVE);
    const registry = makeRegistry(join(parent, "registry"));
    registry.publish({ key, artifact: { url } });
    symlinkSync(join(parent, "outside.zip"), join(registry.root, "artifacts/link.zip"));
    const { deps, refused } = await user(registry.root);
    await refused(fetchFromRegistry(deps, ID), "registry_invalid", "leads out of the registry");
  });

  test("does not take an entry that is a link out of it", async () => {
    const elsewhere = makeRegistry();
    elsewhere.publish({ key });
    const registry = makeRegistry();
    symlinkSync(join(elsewhere.root, ENTRY), join(registry.root, ENTRY));
    const { deps, refused } = await user(registry.root);
    await refused(fetchFromRegistry(deps, ID), "registry_invalid", "leads out of the registry");
  });

  test("may be reached by a link, and hold links within", async () => {
    const registry = makeRegistry();
    registry.publish({ key, artifact: { url: "artifacts/latest.zip" } });
    symlinkSync(`${ID}-1.0.0.zip`, join(registry.root, "artifacts/latest.zip"));
    const link = join(tempDir(), "link");
    symlinkSync(registry.root, link);
    const { deps } = await user(link);
    await (await fetchFromRegistry(deps, ID)).dispose?.();
  });

  test("that is gone is unreachable", async () => {
    const registry = makeRegistry();
    const { deps, refused } = await user(registry.root);
    rmSync(registry.root, { recursive: true });
    await refused(fetchFromRegistry(deps, ID), "registry_unreachable");
  });

  test("may send for an archive by URL", async () => {
    const { url, asked } = await startServer({ "/p.zip": ARCHIVE });
    const registry = makeRegistry();
    registry.publish({ key, artifact: { url: `${url}/p.zip` } });
    const { deps } = await user(registry.root);
    await (await fetchFromRegistry(deps, ID)).dispose?.();
    expect(asked).toEqual(["/p.zip"]);
  });
});

describe("a registry on the web", () => {
  async function served(others: Readonly<Record<string, Answer | string>> = {}) {
    const registry = makeRegistry();
    registry.publish({ key });
    const server = await serveRegistry(registry, [ENTRY, ZIP, "plugins/index.json", "registry.json"], others);
    return { registry, ...server };
  }

  test("is read from what was kept while it cannot be reached, with a note", async () => {
    const { url, stop } = await served({ [`/${ENTRY}`]: "" });
    await stop();
    const { deps, refused } = await user(url);
    await refused(fetchFromRegistry(deps, ID), "registry_unreachable", "ECONNREFUSED");

    const again = await served();
    const { deps: later, notes } = await user(again.url);
    await (await fetchFromRegistry(later, ID)).dispose?.();
    await again.stop();
    expect((await openRegistries(later).find(ID))?.entry.plugin_id).toBe(ID);
    expect((await openRegistries(later).list()).map(({ entry }) => entry.plugin_id)).toEqual([ID]);
    expect(notes[0]).toContain("what was kept of it is used");
    await expect(openRegistries(later).find("other")).rejects.toMatchObject({ code: "registry_unreachable" });
  });

  test("forgets an entry that was taken away", async () => {
    const { url, registry, stop } = await served();
    const { deps } = await user(url);
    expect(await openRegistries(deps).find(ID)).toBeDefined();
    rmSync(join(registry.root, ENTRY));
    expect(await openRegistries(deps).find(ID)).toBeUndefined();
    await stop();
    await expect(openRegistries(deps).find(ID)).rejects.toMatchObject({ code: "registry_unreachable" });
  });

  test.each([
    ["plugins/index.json", JSON.stringify([ID, "other", "../x"])],
    ["registry.json", JSON.stringify({ plugins: [{ plugin_id: ID }, { plugin_id: "other" }] })],
  ])("says what it has in %s", async (file, text) => {
    const { url, registry } = await served();
    registry.write(file, text);
    const { deps } = await user(url);
    expect((await openRegistries(deps).list()).map(({ entry }) => entry.plugin_id)).toEqual([ID]);
  });

  test("without a list is searched as far as it is known", async () => {
    const { url } = await served();
    const { deps, notes } = await user(url);
    expect(await openRegistries(deps).list()).toEqual([]);
    expect(notes[0]).toContain("has no list of its plugins");
    await openRegistries(deps).find(ID);
    expect(await openRegistries(deps).list()).toHaveLength(1);
  });

  test.each(["{", "{}", "[1]", '{"plugins":7}', "null"])("a list like %s is refused", async (text) => {
    const { url, registry } = await served();
    registry.write("plugins/index.json", text);
    const { deps } = await user(url);
    await expect(openRegistries(deps).list()).rejects.toMatchObject({ code: "registry_invalid" });
  });

  test("leaves out entries that are not usable, and says so, but fails for the one that is asked for", async () => {
    const { url, registry } = await served({ "/plugins/broken.json": "{" });
    registry.write("plugins/index.json", JSON.stringify([ID, "broken"]));
    const { deps, notes } = await user(url);
    expect(await openRegistries(deps).list()).toHaveLength(1);
    expect(notes).toEqual([expect.stringContaining("it is left out")]);
    await expect(openRegistries(deps).find("broken")).rejects.toMatchObject({ code: "registry_invalid" });
  });

  test("follows redirects to an archive, but not to another machine without encryption", async () => {
    const { url, registry } = await served({ "/go": redirect(`/${ZIP}`), "/away": redirect("http://192.0.2.1/") });
    const { deps, refused } = await user(url);
    registry.publish({ key, version: "1.0.1", artifact: { url: "go" } });
    await (await fetchFromRegistry(deps, ID)).dispose?.();
    registry.publish({ key, version: "1.0.2", artifact: { url: "away" } });
    await refused(fetchFromRegistry(deps, ID), "download_failed", "http is for this machine only");
  });
});

test("a registry elsewhere may not send anybody to this machine, and none may leave encryption", async () => {
  const place = (location: string, url: string) =>
    openRegistry({ paths: { data: "/", cache: "/" } }, { name: "r", location, kind: "url" }).place(url);
  const refused = expect.objectContaining({ code: "registry_invalid" });
  await expect(place("https://example.com/", "http://127.0.0.1:1/x")).rejects.toThrow(refused);
  await expect(place("https://example.com/", "http://example.com/x")).rejects.toThrow(refused);
  expect(await place("http://127.0.0.1:1/", "http://localhost:2/x")).toEqual({ url: "http://localhost:2/x" });
  expect(await place("https://example.com/all/", "a/x.zip")).toEqual({ url: "https://example.com/all/a/x.zip" });
});

describe("several registries", () => {
  test("the first that has the plugin counts", async () => {
    const [first, second] = [makeRegistry(), makeRegistry()];
    second.publish({ key, version: "9.0.0" });
    const { deps } = await user(first.root, second.root);
    expect((await openRegistries(deps).find(ID))?.source.registry.location).toBe(second.root);
    first.publish({ key, version: "1.0.0" });
    expect((await openRegistries(deps).find(ID))?.source.registry.location).toBe(first.root);
  });

  test("that name different keys for a plugin are refused by name", async () => {
    const [first, second] = [makeRegistry(), makeRegistry()];
    first.publish({ key });
    second.publish({ key: makeSigningKey() });
    const { deps, refused, notes } = await user(first.root, second.root);
    await refused(fetchFromRegistry(deps, ID), "signing_key_changed", "name different signing keys");
    await openRegistries(deps).list();
    expect(notes).toEqual([expect.stringContaining("name different signing keys")]);
  });

  test("nobody is led to a later one by keeping an earlier one from answering", async () => {
    const [first, second] = [makeRegistry(), makeRegistry()];
    first.publish({ key });
    second.publish({ key: makeSigningKey() });
    const { deps, refused, notes } = await user(first.root, second.root);
    first.write(ENTRY, "{");
    await refused(fetchFromRegistry(deps, ID), "registry_invalid");
    rmSync(first.root, { recursive: true });
    await refused(fetchFromRegistry(deps, ID), "registry_unreachable");
    expect(notes).toEqual([]);
  });

  test("a later one that cannot be read keeps nothing from the earlier one", async () => {
    const [first, second] = [makeRegistry(), makeRegistry()];
    first.publish({ key });
    const { deps, notes } = await user(first.root, second.root);
    rmSync(second.root, { recursive: true });
    await (await fetchFromRegistry(deps, ID)).dispose?.();
    expect(notes).toEqual([expect.stringContaining("could not be read")]);
  });

  test("when none can be read, there is no empty answer, and nothing is said twice", async () => {
    const [first, second] = [makeRegistry(), makeRegistry()];
    const { deps, notes } = await user(first.root, second.root);
    for (const { root } of [first, second]) rmSync(root, { recursive: true });
    await expect(openRegistries(deps).list()).rejects.toMatchObject({
      code: "registry_unreachable",
      message: expect.stringContaining(`the folder ${first.root} is not there`),
      hint: expect.not.stringContaining("network"),
    });
    expect(notes).toEqual([expect.stringContaining(second.root)]);
  });

  test("one whose folder of entries is gone does not count as one without the plugin", async () => {
    const [first, second] = [makeRegistry(), makeRegistry()];
    second.publish({ key: makeSigningKey() });
    const { deps, refused } = await user(first.root, second.root);
    rmSync(join(first.root, "plugins"), { recursive: true });
    await refused(fetchFromRegistry(deps, ID), "registry_unreachable", "plugins is not there");
  });

  test("what was kept of an earlier one leads nobody to a later one", async () => {
    const [first, second] = [makeRegistry(), makeRegistry()];
    first.publish({ id: "other", key });
    const { url, stop } = await serveRegistry(first, ["plugins/other.json"]);
    const { deps, data } = await user(url, second.root);
    installed(data, null, "0.1.0");
    await openRegistries(deps).find("other");
    await stop();
    expect(await findOutdated(deps)).toEqual([]);
    second.publish({ key: makeSigningKey() });
    expect(await findOutdated(deps)).toMatchObject([{ pluginId: ID, error: { code: "registry_unreachable" } }]);
  });
});

describe("a package from an address", () => {
  const zip = `/${ID}-1.0.0.zip`;

  test("is unsigned without a signature beside it, or without a key that is known", async () => {
    const alone = await startServer({ [zip]: ARCHIVE });
    const { deps } = await user();
    const source = await fetchUrl(deps, `${alone.url}${zip}`);
    expect(source).toMatchObject({ identity: { pluginId: ID, version: "1.0.0" }, fromRegistry: false });
    expect(source.verified).toBeUndefined();
    await source.dispose?.();

    const signed = await startServer({ [zip]: ARCHIVE, [`${zip}.minisig`]: signBytes(key, ARCHIVE) });
    const { deps: others, notes } = await user();
    const unknown = await fetchUrl(others, `${signed.url}${zip}`);
    expect(unknown.verified).toBeUndefined();
    expect(notes[0]).toContain('no key of "my.plugin" is known');
    await unknown.dispose?.();
  });

  test.each(["the installed version", "a registry"])("is verified with the key of %s", async (where) => {
    const { url } = await startServer({
      [`${zip}?download=1`]: ARCHIVE,
      [`${zip}.minisig?download=1`]: signBytes(key, ARCHIVE),
    });
    const registry = makeRegistry();
    registry.publish({ key });
    const { deps, data } = await (where === "a registry" ? user(registry.root) : user());
    if (where !== "a registry") installed(data, key.publicKey);
    const source = await fetchUrl(deps, `${url}${zip}?download=1`);
    expect(source.verified).toMatchObject({ publicKey: key.publicKey, artifact: { size: ARCHIVE.length } });
    await source.dispose?.();
  });

  test("is refused when the signature does not hold: then it is not merely unsigned", async () => {
    for (const signature of [signBytes(makeSigningKey(), ARCHIVE), signBytes(key, Buffer.from("other")), "x"]) {
      const { url } = await startServer({ [zip]: ARCHIVE, [`${zip}.minisig`]: signature });
      const { deps, data, refused } = await user();
      installed(data, key.publicKey);
      await refused(fetchUrl(deps, `${url}${zip}`), "signature_invalid");
    }
  });

  test("is not fetched from everywhere", async () => {
    const { deps, refused } = await user();
    for (const url of [
      "http://example.com/p.zip",
      "ftp://x/y.zip",
      "file:///etc/passwd",
      "https://a:b@example.com/p.zip",
    ]) {
      await refused(fetchUrl(deps, url), "usage_invalid");
    }
  });

  test("a registry that cannot be asked knows no key", async () => {
    const registry = makeRegistry();
    registry.publish({ key });
    const { deps } = await user(registry.root);
    expect(await knownKey(deps, ID)).toBe(key.publicKey);
    rmSync(registry.root, { recursive: true });
    expect(await knownKey(deps, ID)).toBeUndefined();
  });
});
