import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { OTHER_ARCH } from "../../test/helpers/library-bytes.ts";
import { makeSigningKey, type SigningKey, signBytes } from "../../test/helpers/minisign-keys.ts";
import { PUBLISHED_ID as ID, pluginZip } from "../../test/helpers/plugin-zips.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { checkPinnedKey } from "../plugins/native/key-rotation.ts";
import { verifyDetached } from "../plugins/native/minisign.ts";
import { signFile } from "../plugins/native/sign-file.ts";
import { REGISTRY_ENTRY_BYTES_MAX, SIGNATURE_CHARS_MAX } from "../protocol/limits.ts";
import { type PublishRequest, publishPackage } from "./publish-package.ts";
import { openFolder, writePublished } from "./registry-folder.ts";
import { validateRegistry } from "./validate-registry.ts";

const signal = new AbortController().signal;
const OS = process.platform === "darwin" ? "macos" : "linux";

let folder: string;
let key: SigningKey;
beforeEach(() => {
  folder = join(tempDir(), "registry");
  key = makeSigningKey();
});

const publish = (zip: string, more: Partial<PublishRequest> = {}) =>
  publishPackage({ zip, folder, sign: key, signal, ...more });

const entry = (id = ID) => JSON.parse(readFileSync(join(folder, "plugins", `${id}.json`), "utf8"));
const versions = () => entry().versions.map(({ version }: { version: string }) => version);

/** Everything in the registry, with its bytes. */
function everything(): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, "base64")]));
}

/** Refused, and nothing is changed. */
async function refused(publishing: () => Promise<unknown>, code: string, message = ""): Promise<void> {
  const before = everything();
  await expect(publishing()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(everything()).toEqual(before);
}

async function findings() {
  const found = await validateRegistry(folder, signal);
  return found.filter(({ status }) => status !== "ok");
}

describe("a package", () => {
  test("is put into the registry with what its manifest says, for everybody to read", async () => {
    const manifest = { name: "Published", description: "is there", license: "MIT", min_osaurus: "0.5.0" };
    const zip = pluginZip({ manifest });
    chmodSync(zip, 0o600);
    const published = await publish(zip);
    const artifact = `artifacts/${ID}-1.0.0-${OS}-${process.arch}.zip`;
    expect(published).toMatchObject({ pluginId: ID, version: "1.0.0", added: true, rotated: false, artifact });
    const bytes = readFileSync(zip);
    expect(readFileSync(join(folder, artifact)).equals(bytes)).toBe(true);
    expect(entry()).toMatchObject({
      plugin_id: ID,
      name: "Published",
      license: "MIT",
      public_keys: { minisign: key.publicKey },
      versions: [
        {
          version: "1.0.0",
          release_date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
          requires: { osaurus_min_version: "0.5.0" },
          artifacts: [
            {
              os: OS,
              arch: process.arch,
              url: artifact,
              sha256: createHash("sha256").update(bytes).digest("hex"),
              size: bytes.length,
            },
          ],
        },
      ],
    });
    const { signature } = entry().versions[0].artifacts[0].minisign;
    await verifyDetached(zip, signature, key.publicKey);
    expect(readFileSync(join(folder, `${artifact}.minisig`), "utf8")).toBe(signature);
    expect(JSON.parse(readFileSync(join(folder, "plugins/index.json"), "utf8"))).toEqual([ID]);
    for (const path of [artifact, `${artifact}.minisig`, `plugins/${ID}.json`, "plugins/index.json"]) {
      expect(statSync(join(folder, path)).mode & 0o444, path).toBe(0o444);
    }
    expect(readdirSync(folder).sort()).toEqual(["artifacts", "plugins"]);
    expect(await findings()).toEqual([]);
  });

  test("of a newer version stands above older ones, of an older one below, whatever came first", async () => {
    for (const version of ["1.1.0", "1.0.0", "2.0.0-rc.1", "2.0.0", "1.10.0"]) await publish(pluginZip({ version }));
    expect(versions()).toEqual(["2.0.0", "2.0.0-rc.1", "1.10.0", "1.1.0", "1.0.0"]);
    expect(await findings()).toEqual([]);
  });

  test("for another system joins the version that is there", async () => {
    await publish(pluginZip());
    await publish(pluginZip({ arch: OTHER_ARCH }));
    expect(versions()).toEqual(["1.0.0"]);
    expect(entry().versions[0].artifacts.map(({ arch }: { arch: string }) => arch)).toEqual([process.arch, OTHER_ARCH]);
    expect(await findings()).toEqual([]);
  });

  test("that is there already changes nothing, and comes back when its file was lost", async () => {
    const zip = pluginZip();
    const { artifact } = await publish(zip);
    const before = everything();
    expect(await publish(zip)).toMatchObject({ added: false });
    expect(everything()).toEqual(before);
    rmSync(join(folder, artifact));
    expect(await publish(zip)).toMatchObject({ added: true });
    expect(await findings()).toEqual([]);
  });

  test("with other bytes never takes the place of a published one", async () => {
    await publish(pluginZip());
    await refused(() => publish(pluginZip({ text: "other" })), "package_invalid", "published with other bytes");
  });

  test("leaves what others wrote into the entry, and a list of plugins in a form of their own", async () => {
    await publish(pluginZip());
    const path = join(folder, "plugins", `${ID}.json`);
    writeFileSync(path, JSON.stringify({ ...entry(), name: "By hand", homepage: "https://example.com", x: [1] }));
    const list = JSON.stringify({ plugins: [{ plugin_id: ID, x: 1 }] });
    writeFileSync(join(folder, "plugins/index.json"), list);
    await publish(pluginZip({ version: "1.1.0" }));
    expect(entry()).toMatchObject({ name: "By hand", homepage: "https://example.com", x: [1] });
    expect(versions()).toEqual(["1.1.0", "1.0.0"]);
    expect(readFileSync(join(folder, "plugins/index.json"), "utf8")).toBe(list);
  });

  test("is not lost when many are published at once", async () => {
    const all = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"];
    const zips = all.map((version) => pluginZip({ version }));
    zips.push(pluginZip({ id: "test.another" }));
    await Promise.all(zips.map((zip) => publish(zip)));
    expect(versions()).toEqual(all.toReversed());
    expect(JSON.parse(readFileSync(join(folder, "plugins/index.json"), "utf8"))).toEqual(["test.another", ID]);
    expect(await findings()).toEqual([]);
  });
});

describe("a signature beside the package", () => {
  test("will do, once it is known which key it has to be of", async () => {
    const [first, second] = [pluginZip(), pluginZip({ version: "1.1.0" })];
    await signFile(first, key);
    await signFile(second, key);
    await refused(() => publish(first, { sign: undefined }), "usage_invalid", "which key signs it");
    await publish(first, { sign: undefined, publicKey: key.publicKey });
    await publish(second, { sign: undefined });
    expect(await findings()).toEqual([]);
  });

  test("of another key than the entry's is refused when that key was named, and not when it only lies there", async () => {
    const zip = pluginZip();
    await signFile(zip, key);
    await publish(zip);
    const other = { sign: undefined, publicKey: makeSigningKey().publicKey };
    await refused(() => publish(zip, { ...other, isKeyNamed: true }), "signing_key_changed");
    expect(await publish(zip, other)).toMatchObject({ added: false });
  });

  test("has to be there, and hold", async () => {
    const zip = pluginZip();
    const named = { sign: undefined, publicKey: key.publicKey };
    await refused(() => publish(zip, named), "signature_invalid", "there is no signature");
    await signFile(zip, key);
    await refused(() => publish(zip, { sign: undefined, publicKey: "RWx" }), "signature_invalid", "public key");
    writeFileSync(zip, readFileSync(pluginZip({ text: "tampered" })));
    await refused(() => publish(zip, named), "signature_invalid", "not a signature of this file");
    await signFile(zip, makeSigningKey());
    await refused(() => publish(zip, named), "signature_invalid", "it was made with the key");
  });
});

describe("a limit", () => {
  test("of an entry is kept to the byte", async () => {
    const [first, second] = [pluginZip(), pluginZip({ version: "1.1.0" })];
    const path = join(folder, "plugins", `${ID}.json`);
    await publish(first);
    const before = entry();
    const size = () => statSync(path).size;
    const padded = (x: string) => `${JSON.stringify({ ...before, x }, null, 2)}\n`;
    writeFileSync(path, padded(""));
    await publish(second);
    const room = REGISTRY_ENTRY_BYTES_MAX - size();
    writeFileSync(path, padded("x".repeat(room + 1)));
    await refused(() => publish(second), "registry_invalid", "would have more than");
    writeFileSync(path, padded("x".repeat(room)));
    await publish(second);
    expect(size()).toBe(REGISTRY_ENTRY_BYTES_MAX);
  });

  test("of a signature is kept to the byte", async () => {
    const zip = pluginZip();
    const bytes = readFileSync(zip);
    const room = SIGNATURE_CHARS_MAX - signBytes(key, bytes, { comment: "" }).length;
    const named = { sign: undefined, publicKey: key.publicKey };
    writeFileSync(`${zip}.minisig`, signBytes(key, bytes, { comment: "x".repeat(room + 1) }));
    await refused(() => publish(zip, named), "signature_invalid", "over");
    writeFileSync(`${zip}.minisig`, signBytes(key, bytes, { comment: "x".repeat(room) }));
    await publish(zip, named);
  });
});

describe("another key", () => {
  test("is refused, unless the one before hands over to it; what was published before is then signed by the new one", async () => {
    await publish(pluginZip());
    const fresh = makeSigningKey();
    const zip = pluginZip({ version: "2.0.0" });
    await refused(() => publish(zip, { sign: fresh }), "signing_key_changed", "did not hand over");
    const third = makeSigningKey();
    await refused(() => publish(zip, { sign: fresh, rotate: third }), "signing_key_changed", "neither of the two");
    await refused(() => publish(zip, { sign: undefined, rotate: key }), "usage_invalid", "takes the new key");
    expect(await publish(zip, { sign: fresh, rotate: key })).toMatchObject({ rotated: true, notSignedAnew: [] });
    const keys = entry().public_keys;
    expect(keys).toMatchObject({ minisign: fresh.publicKey, previous: key.publicKey });
    expect(await checkPinnedKey(ID, key.publicKey, keys)).toBe(key.publicKey);
    expect(versions()).toEqual(["2.0.0", "1.0.0"]);
    expect(await findings()).toEqual([]);
    // The old one signs no more, and the same again is nothing new.
    await refused(() => publish(pluginZip({ version: "2.1.0" })), "signing_key_changed");
    expect(await publish(zip, { sign: fresh, rotate: key })).toMatchObject({ added: false, rotated: false });
    await publish(pluginZip({ version: "2.1.0" }), { sign: fresh });
    expect(entry().public_keys).toEqual(keys);
  });

  test("takes over without a new version too", async () => {
    const zip = pluginZip();
    await publish(zip);
    const fresh = makeSigningKey();
    expect(await publish(zip, { sign: fresh, rotate: key })).toMatchObject({ added: false, rotated: true });
    expect(await findings()).toEqual([]);
  });

  test("does not sign what the old one had not signed", async () => {
    const { artifact } = await publish(pluginZip());
    const good = readFileSync(join(folder, artifact));
    writeFileSync(join(folder, artifact), readFileSync(pluginZip({ text: "tampered" })));
    const rotation = { sign: makeSigningKey(), rotate: key };
    await refused(() => publish(pluginZip({ version: "2.0.0" }), rotation), "signature_invalid", "not signed anew");
    // Nor when the entry was made to fit, or only the entry is wrong.
    const path = join(folder, "plugins", `${ID}.json`);
    const changed = entry();
    const bytes = readFileSync(join(folder, artifact));
    changed.versions[0].artifacts[0].sha256 = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(path, JSON.stringify(changed));
    await refused(() => publish(pluginZip({ version: "2.0.0" }), rotation), "signature_invalid", "not signed anew");
    writeFileSync(join(folder, artifact), good);
    await refused(() => publish(pluginZip({ version: "2.0.0" }), rotation), "signature_invalid", "those of the entry");
    rmSync(join(folder, artifact));
    mkdirSync(join(folder, artifact));
    await refused(() => publish(pluginZip({ version: "2.0.0" }), rotation), "signature_invalid", "no regular file");
  });

  test("cannot be handed over to for a plugin that is not there", async () => {
    const rotation = { sign: makeSigningKey(), rotate: key };
    await expect(publish(pluginZip(), rotation)).rejects.toMatchObject({ code: "usage_invalid" });
    expect(readdirSync(join(folder, "plugins"))).toEqual([]);
  });

  test("leaves archives that lie elsewhere with their old signature, and says so", async () => {
    await publish(pluginZip());
    const path = join(folder, "plugins", `${ID}.json`);
    const changed = entry();
    changed.versions[0].artifacts[0].url = "https://example.com/x.zip";
    writeFileSync(path, JSON.stringify(changed));
    const published = await publish(pluginZip({ version: "2.0.0" }), { sign: makeSigningKey(), rotate: key });
    expect(published).toMatchObject({ notSignedAnew: ["1.0.0"] });
  });
});

describe("nothing is published", () => {
  test("of what is not there or is no file, and no registry is made for it", async () => {
    await refused(() => publish(join(tempDir(), "gone.zip")), "package_unknown", "no package at");
    await refused(() => publish(tempDir()), "package_invalid", "is no file");
    const text = join(tempDir(), "x-1.0.0.zip");
    writeFileSync(text, "no archive");
    await refused(() => publish(text), "archive_invalid");
    expect(existsSync(folder)).toBe(false);
  });

  test("of what is no package, or calls itself something else than its name does", async () => {
    await publish(pluginZip());
    const renamed = join(tempDir(), `${ID}-3.0.0.zip`);
    writeFileSync(renamed, readFileSync(pluginZip({ version: "2.0.0" })));
    await refused(() => publish(renamed), "package_invalid", "does not agree with itself");
    await refused(() => publish(pluginZip({ id: "index" })), "package_invalid", '"index"');
  });

  test("over the archive of another plugin, whose name and version are written alike", async () => {
    await publish(pluginZip({ id: "x", version: "1.0.0-2.0.0" }));
    await refused(() => publish(pluginZip({ id: "x-1.0.0", version: "2.0.0" })), "package_invalid", "something else");
    expect(await findings()).toEqual([]);
  });

  test("into an entry that breaks a rule", async () => {
    await publish(pluginZip());
    const path = join(folder, "plugins", `${ID}.json`);
    const good = entry();
    for (const broken of [
      "{",
      "[]",
      { ...good, plugin_id: "other" },
      { ...good, versions: [{ version: "x", artifacts: [] }] },
    ]) {
      writeFileSync(path, typeof broken === "string" ? broken : JSON.stringify(broken));
      await refused(() => publish(pluginZip({ version: "2.0.0" })), "registry_invalid");
    }
  });

  test.each(["../outside/pwn.zip", "artifacts/../../outside/pwn.zip", "%2e%2e/outside/pwn.zip", "plugins/pwn.zip"])(
    "to %s, because an entry says that it lies there",
    async (url) => {
      const zip = pluginZip();
      const { artifact } = await publish(zip);
      mkdirSync(join(folder, "../outside"));
      const changed = entry();
      changed.versions[0].artifacts[0].url = url;
      writeFileSync(join(folder, "plugins", `${ID}.json`), JSON.stringify(changed));
      await refused(() => publish(zip), "registry_invalid");
      rmSync(join(folder, artifact));
      await refused(() => publish(zip), "registry_invalid");
      expect(readdirSync(join(folder, "../outside"))).toEqual([]);
    },
  );

  test("into a file to which a link in the place of an archive leads", async () => {
    const zip = pluginZip();
    const { artifact } = await publish(zip);
    const outside = join(tempDir(), "outside.zip");
    rmSync(join(folder, artifact));
    symlinkSync(outside, join(folder, artifact));
    expect(await publish(zip)).toMatchObject({ added: true });
    expect(existsSync(outside)).toBe(false);
    expect(await findings()).toEqual([]);
    rmSync(join(folder, artifact));
    writeFileSync(outside, "of somebody else");
    symlinkSync(outside, join(folder, artifact));
    await refused(() => publish(zip), "registry_invalid", "link that leads out");
  });

  test("into an entry that is a link", async () => {
    await publish(pluginZip());
    const path = join(folder, "plugins", `${ID}.json`);
    renameSync(path, join(folder, "../entry.json"));
    symlinkSync(join(folder, "../entry.json"), path);
    await refused(() => publish(pluginZip({ version: "2.0.0" })), "registry_invalid", "is a link");
  });

  test("where something that is no lock keeps the lock's place, and at once", async () => {
    const lock = join(folder, ".publish.lock");
    mkdirSync(lock, { recursive: true });
    await expect(publish(pluginZip())).rejects.toMatchObject({ code: "registry_invalid", hint: `remove ${lock}` });
  });

  test("outside of the folder of archives, whatever is asked of it", () => {
    const { root } = openFolder(folder);
    const entry = { path: "plugins/x.json", text: "{}" };
    for (const to of ["x.zip", "../x.zip", "artifacts/../x.zip", "artifacts/..", "artifacts/.x", "plugins/x.zip"]) {
      const archive = { from: pluginZip(), to };
      expect(() => writePublished({ root }, { archive, signatures: [], entry }), to).toThrow("nothing is written");
    }
    const signatures = [{ path: join(root, "../x.minisig"), text: "" }];
    expect(() => writePublished({ root }, { archive: undefined, signatures, entry })).toThrow("nothing is written");
    expect(readdirSync(join(root, "plugins"))).toEqual([]);
  });

  test("through a link that leads out of the registry", async () => {
    const elsewhere = tempDir();
    mkdirSync(join(folder, "plugins"), { recursive: true });
    symlinkSync(elsewhere, join(folder, "artifacts"));
    await refused(() => publish(pluginZip()), "registry_invalid", "is a link");
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("into a file, or where nobody may write", async () => {
    folder = pluginZip();
    await expect(publish(pluginZip())).rejects.toMatchObject({ code: "registry_invalid" });
  });
});
