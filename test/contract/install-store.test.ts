// What a change of the installed plugins does and refuses, on real folders. Nothing is loaded here.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processMark } from "../../src/base/process-mark.ts";
import { readConsent } from "../../src/plugins/native/consent.ts";
import type { InstallQuestion } from "../../src/plugins/native/decide-consent.ts";
import { type InstallOptions, installPackage } from "../../src/plugins/native/install-store.ts";
import { listInstalled } from "../../src/plugins/native/installed.ts";
import type { PackageSource } from "../../src/plugins/native/package-source.ts";
import { isUnsigned, libraryHash, readReceipt, receiptStamp } from "../../src/plugins/native/receipt.ts";
import {
  activateInstalled,
  consentTarget,
  installedTarget,
  recordConsent,
} from "../../src/plugins/native/record-consent.ts";
import { repairCurrent } from "../../src/plugins/native/repair-current.ts";
import { rollbackPlugin } from "../../src/plugins/native/rollback.ts";
import { sha256Of } from "../../src/plugins/native/sha256-of.ts";
import { stagePackage } from "../../src/plugins/native/stage-package.ts";
import { removePlugin, resolvePlugin } from "../../src/plugins/native/uninstall.ts";
import { verifyInstalled } from "../../src/plugins/native/verify-installed.ts";
import { CONSENT_BYTES_MAX, RECEIPT_BYTES_MAX } from "../../src/protocol/limits.ts";
import { libraryBytes, OTHER_ARCH } from "../helpers/library-bytes.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { type ZipEntry, zipFile } from "../helpers/zips.ts";

const ID = "a.b";
const LIBRARY = `plugin.${process.platform === "darwin" ? "dylib" : "so"}`;
const TRUSTED = { allowUnsigned: true, consentGiven: true };

function toolsIn(): string {
  return join(tempDir(), "Tools");
}

interface PackageOptions {
  readonly version?: string;
  readonly requirements?: readonly string[] | undefined;
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

/** A package that lies in a folder; without requirements it does not say what it asks for. */
function folderPackage({ version = "1.0.0", requirements, files = {} }: PackageOptions = {}): PackageSource {
  const path = tempDir();
  const tools = [{ id: "t", description: "d", requirements }];
  const manifest = { plugin_id: ID, version, name: "N", authors: ["A"], description: "D", capabilities: { tools } };
  const all: Record<string, string | Buffer> = {
    [LIBRARY]: libraryBytes(`library of ${version}`),
    "osaurus-plugin.json": JSON.stringify({ plugin_id: ID, version }),
    ...(requirements === undefined ? {} : { "manifest.json": JSON.stringify(manifest) }),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { kind: "folder", path, label: path, fromRegistry: false };
}

/** The same with a signature that was verified, as a registry gives it. */
function signed(source: PackageSource, publicKey = "RWkey1", previousKey?: string): PackageSource {
  const artifact = { url: "https://example.org/a.zip", sha256: "0".repeat(64), minisign: { signature: "s" } };
  const verified = { artifact, publicKey, ...(previousKey === undefined ? {} : { previousKey }) };
  return { ...source, verified, fromRegistry: true };
}

const archive = (entries: readonly ZipEntry[], name = `${ID}-1.0.0.zip`): PackageSource => {
  const path = zipFile(entries, name);
  return { kind: "archive", path, label: path, fromRegistry: false };
};

const current = (tools: string) => readlinkSync(join(tools, ID, "current"));
const install = (tools: string, source: PackageSource, options: InstallOptions = TRUSTED) =>
  installPackage(tools, source, options);
const refused = async (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code });
const hidden = (tools: string) => readdirSync(tools).filter((name) => name.startsWith(".") && name !== ".changed");

/** As the host does it, which forgets in between what it keeps for the plugin. */
async function uninstallPlugin(
  tools: string,
  spec: string,
  { cwd, keepData = false }: { cwd: string; keepData?: boolean },
) {
  const plugin = await resolvePlugin(tools, spec, cwd);
  await removePlugin(tools, plugin, { keepData });
  return plugin.name;
}

test("a folder is installed: library, receipt, consent, pages, skills, documents, and a relative link", async () => {
  const tools = toolsIn();
  const files = {
    "web/index.html": "page",
    "skills/x_SKILL.md": "s",
    "README.md": "r",
    LICENSE: "l",
    "SKILL.md": "root",
  };
  const source = folderPackage({
    requirements: ["network"],
    files: { ...files, "src/main.c": "c", ".user_consent": "" },
  });
  const { folder } = await install(tools, source);
  expect(folder).toBe(join(tools, ID, "1.0.0"));
  expect(current(tools)).toBe("1.0.0");
  expect(readdirSync(folder).sort()).toEqual(
    [
      ".user_consent",
      "LICENSE",
      "README.md",
      LIBRARY,
      "manifest.json",
      "osaurus-plugin.json",
      "receipt.json",
      "skills",
      "web",
    ].sort(),
  );
  expect(readdirSync(join(folder, "skills")).sort()).toEqual(["SKILL.md", "x_SKILL.md"]);
  const receipt = await readReceipt(folder);
  expect(receipt).toMatchObject({ plugin_id: ID, version: "1.0.0", dylib_filename: LIBRARY, allow_unsigned: true });
  expect(libraryHash(receipt)).toBe(await sha256Of(join(folder, LIBRARY)));
  expect(receipt.artifact).toEqual({ url: `file://${source.path}`, sha256: libraryHash(receipt), minisign: null });
  expect(await readConsent(folder)).toMatchObject({ how: "flag", requirements: ["network"] });
  expect(statSync(join(folder, LIBRARY)).mode & 0o777).toBe(0o755);
  expect(hidden(tools)).toEqual([]);
});

test("a large file is copied and unpacked byte for byte", async () => {
  const bytes = libraryBytes(randomBytes(1_000_003));
  const tools = toolsIn();
  const source = folderPackage();
  writeFileSync(join(source.path, LIBRARY), bytes);
  const copied = await install(tools, source);
  expect(readFileSync(join(copied.folder, LIBRARY)).equals(bytes)).toBe(true);
  const unpacked = await install(tools, archive([{ name: LIBRARY, data: bytes }], `${ID}-2.0.0.zip`));
  expect(readFileSync(join(unpacked.folder, LIBRARY)).equals(bytes)).toBe(true);
});

test("a folder with as much in it as a package may hold is installed, one with more is refused", async () => {
  const source = folderPackage({ files: { "web/a": "x".repeat(1000) } });
  const size = (name: string) => statSync(join(source.path, name)).size;
  const all = size(LIBRARY) + size("osaurus-plugin.json") + size("web/a");
  const staging = () => tempDir();
  await stagePackage(source, staging(), { unpackedBytesMax: all });
  await refused(stagePackage(source, staging(), { unpackedBytesMax: all - 1 }), "archive_too_large");
});

test("an archive is installed, out of the one folder that wraps it, with skills from wherever they lie", async () => {
  const tools = toolsIn();
  const { folder } = await install(
    tools,
    archive([
      { name: `wrap/${LIBRARY}`, data: libraryBytes() },
      { name: "wrap/docs/guide/SKILL.md", data: "skill" },
      { name: "wrap/web/a/b.css", data: "css" },
      { name: "__MACOSX/wrap/._x", data: "junk" },
    ]),
  );
  expect(readdirSync(folder).sort()).toEqual([".user_consent", LIBRARY, "receipt.json", "skills", "web"].sort());
  expect(readdirSync(join(folder, "skills"))).toEqual(["guide_SKILL.md"]);
  expect((await readConsent(folder))?.requirements).toBeNull();
});

test("what a package brings of its own receipt, consent or kept manifest is left out", async () => {
  const tools = toolsIn();
  const source = archive([
    { name: LIBRARY, data: libraryBytes() },
    { name: ".user_consent", data: "" },
    { name: ".manifest.json", data: "{}" },
    { name: "receipt.json", data: "{}" },
    { name: "data/data.db", data: "x" },
  ]);
  await refused(install(tools, source, { allowUnsigned: true }), "consent_required");
  expect(readdirSync(join(tools, ID, "1.0.0")).sort()).toEqual([LIBRARY, "receipt.json"].sort());
});

test.each<[string, PackageSource | (() => PackageSource), string]>([
  ["no library", () => archive([{ name: "README.md", data: "x" }]), "package_invalid"],
  [
    "a library that is not at the root",
    () => archive([{ name: "README.md" }, { name: `lib/${LIBRARY}` }]),
    "package_invalid",
  ],
  ["two libraries", () => archive([{ name: "a.so" }, { name: "b.dylib" }]), "package_invalid"],
  [
    "a library of another system",
    () => archive([{ name: LIBRARY === "plugin.so" ? "x.dylib" : "x.so" }]),
    "package_invalid",
  ],
  ["an empty library", () => archive([{ name: LIBRARY }]), "library_wrong_machine"],
  ["a text for a library", () => folderPackage({ files: { [LIBRARY]: "text" } }), "library_wrong_machine"],
  [
    "a library for another processor",
    () => signed(archive([{ name: LIBRARY, data: libraryBytes("", OTHER_ARCH) }])),
    "library_wrong_machine",
  ],
  ["a library that is hidden", () => archive([{ name: ".so" }, { name: ".dylib" }]), "package_invalid"],
  ["no name", () => archive([{ name: LIBRARY }], "plugin.zip"), "package_invalid"],
  [
    "a name in it that is not its file's",
    () => archive([{ name: LIBRARY }, { name: "plugin.json", data: '{"plugin_id":"x.y"}' }]),
    "package_invalid",
  ],
  [
    "a broken manifest",
    () => archive([{ name: LIBRARY }, { name: "manifest.json", data: '{"capabilities":{}}' }]),
    "package_invalid",
  ],
  ["an entry that leads out", () => archive([{ name: LIBRARY }, { name: "../../../evil" }]), "archive_invalid"],
  [
    "an entry that is a link",
    () => archive([{ name: LIBRARY }, { name: "web", data: "/etc", mode: 0o120777 }]),
    "archive_invalid",
  ],
])("a package with %s is refused, and nothing of it is left", async (_what, source, code) => {
  const tools = toolsIn();
  await refused(install(tools, typeof source === "function" ? source() : source), code);
  expect(readdirSync(tools)).toEqual([]);
});

test.each(["web", "web/page.html", "README.md", LIBRARY, "skills/s"])(
  "a link %s in a folder is refused",
  async (name) => {
    const tools = toolsIn();
    const source = folderPackage({ files: { "web/index.html": "x", "skills/SKILL.md": "x" } });
    rmSync(join(source.path, name), { recursive: true, force: true });
    symlinkSync("/etc/passwd", join(source.path, name));
    await refused(install(tools, source), "package_invalid");
    expect(readdirSync(tools)).toEqual([]);
  },
);

test("an unsigned package is refused unless that is allowed; a verified one is not asked about", async () => {
  const tools = toolsIn();
  await refused(install(tools, folderPackage(), { consentGiven: true }), "unsigned_refused");
  expect(readdirSync(tools)).toEqual([]);
  const { folder, consent } = await install(tools, signed(folderPackage({ requirements: ["network"] })), {});
  expect(consent).toMatchObject({ how: "registry", requirements: ["network"] });
  const receipt = await readReceipt(folder);
  expect(isUnsigned(receipt)).toBe(false);
  expect(receipt.allow_unsigned).toBeUndefined();
});

test("over a signed plugin neither another key nor no signature is taken; a key that was replaced rightly is", async () => {
  const tools = toolsIn();
  await install(tools, signed(folderPackage()));
  await refused(install(tools, signed(folderPackage({ version: "2.0.0" }), "RWkey2")), "signing_key_changed");
  await refused(install(tools, folderPackage({ version: "2.0.0" })), "unsigned_refused");
  await refused(install(tools, signed(folderPackage({ version: "2.0.0" }), "RWkey3", "RWkey2")), "signing_key_changed");
  expect(current(tools)).toBe("1.0.0");
  expect(readdirSync(join(tools, ID)).sort()).toEqual(["1.0.0", "current"]);
  await install(tools, signed(folderPackage({ version: "2.0.0" }), "RWkey2", "RWkey1"));
  expect(current(tools)).toBe("2.0.0");
  await uninstallPlugin(tools, ID, { cwd: "/" });
  await install(tools, folderPackage());
  expect(current(tools)).toBe("1.0.0");
});

test("going back to an unsigned version does not lose the pinned key", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage());
  await install(tools, signed(folderPackage({ version: "2.0.0" })));
  await rollbackPlugin(tools, ID);
  await refused(install(tools, folderPackage({ version: "3.0.0" })), "unsigned_refused");
});

test("somebody who is there is asked, with what the package says of itself", async () => {
  const tools = toolsIn();
  const asked: InstallQuestion[] = [];
  const ask = (how: "prompt" | undefined) => async (question: InstallQuestion) => {
    asked.push(question);
    return how;
  };
  const source = folderPackage({ requirements: ["network"] });
  await refused(install(tools, source, { allowUnsigned: true, ask: ask(undefined) }), "consent_required");
  expect(readdirSync(tools)).toEqual([]);
  await install(tools, source, { allowUnsigned: true, ask: ask("prompt") });
  expect(asked[0]).toEqual({
    pluginId: ID,
    version: "1.0.0",
    name: "N",
    authors: ["A"],
    description: "D",
    tools: [{ id: "t", requirements: ["network"] }],
    unsigned: true,
    beyond: undefined,
    digest: asked[1]!.digest,
  });
  expect(await readConsent(join(tools, ID, "1.0.0"))).toMatchObject({ how: "prompt", requirements: ["network"] });
  await install(tools, folderPackage(), { allowUnsigned: true, ask: ask("prompt") });
  expect(asked).toHaveLength(2);
});

test("a question is named by the whole package: another one whose files, key or words differ is another question", async () => {
  const web = { "web/index.html": "<p>one" };
  const plain = { requirements: ["network"], files: web };
  const asked: string[] = [];
  const ask = async ({ digest }: InstallQuestion) => void asked.push(digest);
  const packages = [
    folderPackage(plain),
    folderPackage(plain),
    folderPackage({ ...plain, files: { "web/index.html": "<p>two" } }),
    folderPackage({ ...plain, requirements: ["network", "disk"] }),
    signed(folderPackage(plain)),
    signed(folderPackage(plain), "RWkey2"),
  ];
  for (const source of packages) {
    const options = { allowUnsigned: true, asksDespiteRegistry: true, ask: ask as never };
    await refused(install(toolsIn(), source, options), "consent_required");
  }
  expect(asked[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(asked[1]).toBe(asked[0]);
  expect(new Set(asked).size).toBe(packages.length - 1);
});

test("a registry's signature is the answer to a first question, unless somebody is to be asked all the same", async () => {
  const source = () => signed(folderPackage({ requirements: ["network"] }));
  const no = async () => undefined;
  await refused(install(toolsIn(), source(), { asksDespiteRegistry: true, ask: no }), "consent_required");
  const { consent } = await install(toolsIn(), source(), { ask: no });
  expect(consent.how).toBe("registry");
});

test("a first installation without consent is there but unconsented, and can be consented to afterwards", async () => {
  const tools = toolsIn();
  await refused(install(tools, folderPackage({ requirements: ["disk"] }), { allowUnsigned: true }), "consent_required");
  expect(current(tools)).toBe("1.0.0");
  const folder = join(tools, ID, "1.0.0");
  expect(await readConsent(folder)).toBeUndefined();
  const target = await consentTarget(tools, ID);
  expect(target).toEqual({ pluginId: ID, version: "1.0.0", hasConsent: false, stamp: receiptStamp(folder) });
  await recordConsent(tools, target!);
  expect(await readConsent(folder)).toMatchObject({ how: "flag", requirements: ["disk"] });
});

test("a second consent to the same version is to whatever its library asks for", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage({ requirements: [] }));
  const target = await consentTarget(tools, ID);
  expect(target).toMatchObject({ pluginId: ID, version: "1.0.0", hasConsent: true });
  await recordConsent(tools, target!);
  expect((await readConsent(join(tools, ID, "1.0.0")))?.requirements).toBeNull();
  expect(await consentTarget(tools, ID, "2.0.0")).toBeUndefined();
  expect(await consentTarget(tools, "x.y")).toBeUndefined();
  expect(await consentTarget(tools, "../Tools/a.b")).toBeUndefined();
});

test.each<[string, readonly string[] | undefined, readonly string[] | undefined, boolean]>([
  ["the same", ["disk", "network"], ["network", "disk"], true],
  ["less", ["disk", "network"], ["disk"], true],
  ["nothing", ["disk"], [], true],
  ["more", ["disk"], ["disk", "network"], false],
  ["something else", ["disk"], ["network"], false],
  ["what it does not say", ["disk"], undefined, true],
  ["something, where it was not known before", undefined, ["disk"], false],
  ["what it does not say, as before", undefined, undefined, false],
])("an upgrade that asks for %s than what was consented to", async (_what, before, after, isCarried) => {
  const tools = toolsIn();
  await install(tools, folderPackage({ requirements: before }));
  const upgrade = folderPackage({ version: "2.0.0", requirements: after });
  if (isCarried) {
    await install(tools, upgrade, { allowUnsigned: true });
    expect(current(tools)).toBe("2.0.0");
    // What was granted stays what it was: a library that asks for more is held against it when it is loaded.
    expect((await readConsent(join(tools, ID, "2.0.0")))?.requirements).toEqual(before?.toSorted());
    return;
  }
  await refused(install(tools, upgrade, { allowUnsigned: true }), "consent_required");
  expect(current(tools)).toBe("1.0.0");
  expect(await readConsent(join(tools, ID, "2.0.0"))).toBeUndefined();
  await recordConsent(tools, (await consentTarget(tools, ID))!);
  expect(current(tools)).toBe("2.0.0");
});

test("a consent is to the package that it was given to, not to one that took its place", async () => {
  const tools = toolsIn();
  const unconsented = (source: PackageSource) =>
    refused(install(tools, source, { allowUnsigned: true }), "consent_required");
  await unconsented(folderPackage({ requirements: ["disk"] }));
  const target = (await consentTarget(tools, ID))!;
  await unconsented(folderPackage({ requirements: ["network"], files: { [LIBRARY]: libraryBytes("another") } }));
  await refused(recordConsent(tools, target), "install_busy");
  expect(await readConsent(join(tools, ID, "1.0.0"))).toBeUndefined();
  await recordConsent(tools, (await consentTarget(tools, ID))!);
  expect((await readConsent(join(tools, ID, "1.0.0")))?.requirements).toEqual(["network"]);
});

test("a plugin that is removed while an upgrade takes over its consent leaves no consent behind", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage({ requirements: ["network"] }));
  let isRemoved = false;
  // Asked between the preparation of the new version and the lock.
  const signal = {
    get aborted() {
      const staging = readdirSync(tools).find((name) => name.startsWith(".staging-") && !name.endsWith(".owner"));
      if (!isRemoved && staging && existsSync(join(tools, staging, "version", ".user_consent"))) {
        isRemoved = true;
        rmSync(join(tools, ID), { recursive: true });
      }
      return false;
    },
    addEventListener() {},
    removeEventListener() {},
  } as unknown as AbortSignal;
  const upgrade = folderPackage({ version: "1.1.0", requirements: ["network"] });
  await refused(install(tools, upgrade, { allowUnsigned: true, signal }), "consent_required");
  expect(isRemoved).toBe(true);
  expect(await readConsent(join(tools, ID, "1.1.0"))).toBeUndefined();
});

test.each<[string, (path: string) => void]>([
  ["a folder", (path) => mkdirSync(path)],
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
  ["too large", (path) => writeFileSync(path, " ".repeat(CONSENT_BYTES_MAX + 1))],
])("a consent that is %s is none, and the way out is said", async (_what, put) => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage());
  await install(tools, folderPackage({ version: "2.0.0" }));
  rmSync(join(folder, ".user_consent"));
  put(join(folder, ".user_consent"));
  const works = [() => readConsent(folder), () => consentTarget(tools, ID, "1.0.0"), () => rollbackPlugin(tools, ID)];
  for (const work of works) {
    await expect(work()).rejects.toMatchObject({ code: "install_broken", hint: expect.stringContaining("remove it") });
  }
  expect(current(tools)).toBe("2.0.0");
});

test.each<[string, readonly string[] | null]>([
  ["", null],
  ["2025-06-01", null],
  ["2025-06-01T12:00:00Z", null],
  ["2025-06-01T12:00:00.123+02:00\n", null],
  ['{"requirements":["disk"]}', ["disk"]],
  ['{"requirements":[],"how":"x","granted_at":7}', []],
  ['{"granted_at":"","requirements":null,"how":"flag"}', null],
])("the consent file %j is consent", async (text, requirements) => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage());
  writeFileSync(join(folder, ".user_consent"), text);
  expect((await readConsent(folder))?.requirements).toEqual(requirements);
});

test.each([
  '{"granted_at":"2025-06-01","requirements":["ne',
  "[1,2]",
  "garbage",
  "{}",
  "null",
  "7",
  "\0\0\0\0",
  " ",
  '{"requirements":null}',
  '{"requirements":["disk",1]}',
  '{"requirements":"disk"}',
  "2025-06-01 and more",
  "2025-13-41",
])("the consent file %j is none, which is said, and what it asks for", async (text) => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage({ requirements: ["network", "disk"] }));
  await install(tools, folderPackage({ version: "2.0.0" }));
  writeFileSync(join(folder, ".user_consent"), text);
  expect(await readConsent(folder)).toBeUndefined();
  await expect(rollbackPlugin(tools, ID)).rejects.toMatchObject({
    code: "consent_required",
    message: expect.stringMatching(/cannot be understood.*it asks for: disk, network/),
    details: { requirements: ["disk", "network"] },
  });
});

test.each<[string, readonly string[] | undefined, string]>([
  ["something", ["network", "disk"], "it asks for: disk, network"],
  ["nothing", [], "it asks for: nothing"],
  ["what it does not say", undefined, "what it asks for is not known before it is loaded"],
])("whoever has to consent is told of a package that asks for %s", async (_what, requirements, says) => {
  const tools = toolsIn();
  const error = await install(tools, folderPackage({ requirements }), { allowUnsigned: true }).catch((one) => one);
  expect(error).toMatchObject({ code: "consent_required", message: expect.stringContaining(says) });
  expect(error.details.requirements).toEqual(requirements?.toSorted());
});

test("an installed version is used again when it has consent and is unchanged, and else is not", async () => {
  const tools = toolsIn();
  for (const version of ["1.0.0", "2.0.0"]) await install(tools, folderPackage({ version, requirements: ["disk"] }));
  await rollbackPlugin(tools, ID);
  const target = (await installedTarget(tools, ID))!;
  expect(target).toMatchObject({ version: "2.0.0" });
  const folder = join(tools, ID, "2.0.0");
  const consent = readFileSync(join(folder, ".user_consent"), "utf8");
  expect(await activateInstalled(tools, target)).toMatchObject({ version: "2.0.0", previous: "1.0.0", folder });
  expect(current(tools)).toBe("2.0.0");
  expect(readFileSync(join(folder, ".user_consent"), "utf8")).toBe(consent);
  await rollbackPlugin(tools, ID);
  rmSync(join(folder, ".user_consent"));
  await expect(activateInstalled(tools, target)).rejects.toMatchObject({
    code: "consent_required",
    details: { requirements: ["disk"] },
  });
  await refused(
    activateInstalled(tools, target, async () => undefined),
    "consent_required",
  );
  expect(current(tools)).toBe("1.0.0");
  const asked: InstallQuestion[] = [];
  await activateInstalled(tools, target, async (question) => {
    asked.push(question);
    return "prompt";
  });
  expect(asked).toMatchObject([{ pluginId: ID, version: "2.0.0", unsigned: true, beyond: undefined }]);
  expect(await readConsent(folder)).toMatchObject({ how: "prompt", requirements: ["disk"] });
  expect(current(tools)).toBe("2.0.0");
  await rollbackPlugin(tools, ID);
  writeFileSync(join(folder, LIBRARY), "changed");
  await refused(activateInstalled(tools, target), "library_changed");
  rmSync(join(folder, "receipt.json"));
  expect((await installedTarget(tools, ID))?.version).toBe("1.0.0");
  await refused(activateInstalled(tools, (await installedTarget(tools, ID, "2.0.0"))!), "receipt_missing");
  expect(await installedTarget(tools, ID, "3.0.0")).toBeUndefined();
  expect(await installedTarget(tools, "../Tools/a.b")).toBeUndefined();
  expect(current(tools)).toBe("1.0.0");
});

test("a consent to a library that was changed is refused, and says where to get it again", async () => {
  const tools = toolsIn();
  const source = folderPackage({ requirements: ["disk"] });
  await refused(install(tools, source, { allowUnsigned: true }), "consent_required");
  const folder = join(tools, ID, "1.0.0");
  writeFileSync(join(folder, LIBRARY), "changed");
  await expect(recordConsent(tools, (await consentTarget(tools, ID))!)).rejects.toMatchObject({
    code: "library_changed",
    hint: expect.stringContaining(source.path),
  });
  expect(await readConsent(folder)).toBeUndefined();
});

test("what is no package is called that before anything is said of signatures", async () => {
  const tools = toolsIn();
  const path = join(tempDir(), "p.c");
  writeFileSync(path, "int main(void) { return 0; }");
  await refused(install(tools, { kind: "archive", path, label: path, fromRegistry: false }, {}), "archive_invalid");
  const folder = tempDir();
  await refused(
    install(tools, { kind: "folder", path: folder, label: folder, fromRegistry: false }, {}),
    "package_invalid",
  );
  expect(readdirSync(tools)).toEqual([]);
});

test("a consent as large as it may be is one", async () => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage());
  writeFileSync(join(folder, ".user_consent"), '{"requirements":["disk"]}'.padEnd(CONSENT_BYTES_MAX));
  expect(await readConsent(folder)).toMatchObject({ requirements: ["disk"] });
});

test.each<[string, (path: string) => void]>([
  ["a folder", (path) => mkdirSync(path)],
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
  ["too large", (path) => appendFileSync(path, " ".repeat(RECEIPT_BYTES_MAX))],
])("a receipt that is %s is refused before it is read", async (what, put) => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage());
  if (what !== "too large") rmSync(join(folder, "receipt.json"));
  put(join(folder, "receipt.json"));
  await refused(readReceipt(folder), "receipt_invalid");
  expect((await listInstalled(tools))[0]?.library).toMatchObject({ code: "receipt_invalid" });
});

test("a receipt as large as it may be is read", async () => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage());
  const path = join(folder, "receipt.json");
  appendFileSync(path, " ".repeat(RECEIPT_BYTES_MAX - statSync(path).size));
  expect((await readReceipt(folder)).plugin_id).toBe(ID);
  expect((await listInstalled(tools))[0]?.library).toBe(join(folder, LIBRARY));
  appendFileSync(path, " ");
  await refused(readReceipt(folder), "receipt_invalid");
});

test("what a URL says behind the path, and who logs in with it, is not kept in the receipt", async () => {
  const tools = toolsIn();
  const url = "https://me:word@example.org/a.zip?token=hush#hush";
  const plain = "https://example.org/a.zip";
  const unsigned = await install(tools, { ...folderPackage(), label: url });
  expect((await readReceipt(unsigned.folder)).artifact.url).toBe(plain);
  const source = signed(folderPackage({ version: "2.0.0" }));
  const verified = { ...source.verified!, artifact: { ...source.verified!.artifact, url } };
  const { folder } = await install(tools, { ...source, verified });
  expect((await readReceipt(folder)).artifact).toEqual({ ...verified.artifact, url: plain });
});

test.each(["manifest.json", "osaurus-plugin.json", "plugin.json"])(
  "a registry's package whose %s says another version or plugin than the registry is refused",
  async (name) => {
    const tools = toolsIn();
    const put = (says: object, more: object = {}) => {
      const text = JSON.stringify({ plugin_id: ID, version: "1.0.0", capabilities: {}, ...says });
      const source = archive(
        [
          { name: LIBRARY, data: libraryBytes() },
          { name, data: text },
        ],
        "x.zip",
      );
      return install(tools, { ...signed(source), identity: { pluginId: ID, version: "1.0.0" }, ...more });
    };
    await refused(put({ version: "1.0.1" }), "package_invalid");
    await refused(put({ plugin_id: "x.y" }), "package_invalid");
    expect(await listInstalled(tools)).toEqual([]);
    expect((await put({})).version).toBe("1.0.0");
  },
);

test("an older, empty consent file is consent to what the plugin asked for then", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage({ requirements: ["disk"] }));
  writeFileSync(join(tools, ID, "1.0.0", ".user_consent"), "");
  await install(tools, folderPackage({ version: "1.1.0", requirements: ["disk"] }), { allowUnsigned: true });
  await refused(
    install(tools, folderPackage({ version: "1.2.0", requirements: ["disk", "x"] }), { allowUnsigned: true }),
    "consent_required",
  );
});

test("a registry's upgrade that asks for more is not granted by itself", async () => {
  const tools = toolsIn();
  await install(tools, signed(folderPackage({ requirements: [] })), {});
  await refused(
    install(tools, signed(folderPackage({ version: "2.0.0", requirements: ["disk"] })), {}),
    "consent_required",
  );
  expect(current(tools)).toBe("1.0.0");
});

test("the same version that asks for more does not replace the one in use without consent", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage({ requirements: [] }));
  const wider = folderPackage({ requirements: ["disk"], files: { [LIBRARY]: libraryBytes("other") } });
  await refused(install(tools, wider, { allowUnsigned: true }), "consent_required");
  expect(readFileSync(join(tools, ID, "1.0.0", LIBRARY), "latin1")).toContain("library of 1.0.0");
});

test("the same version is replaced by other files, not in place, and data stays", async () => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage({ files: { "web/old": "x" } }));
  mkdirSync(join(tools, ID, "data"));
  writeFileSync(join(tools, ID, "data", "data.db"), "precious");
  const before = statSync(join(folder, LIBRARY)).ino;
  const kept = readFileSync(join(tools, ".changed"), "utf8");
  const open = join(tempDir(), "open");
  symlinkSync(join(folder, LIBRARY), open);
  await install(tools, folderPackage({ files: { [LIBRARY]: libraryBytes("new") } }));
  expect(statSync(join(folder, LIBRARY)).ino).not.toBe(before);
  expect(readFileSync(join(folder, LIBRARY))).toEqual(libraryBytes("new"));
  expect(existsSync(join(folder, "web"))).toBe(false);
  expect(readFileSync(join(tools, ID, "data", "data.db"), "utf8")).toBe("precious");
  expect(readdirSync(join(tools, ID)).sort()).toEqual(["1.0.0", "current", "data"]);
  expect(readFileSync(join(tools, ".changed"), "utf8")).not.toBe(kept);
});

test("a failure at the last step leaves the version that was there, and nothing else", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage());
  // A folder in the place of the link cannot be replaced by one.
  rmSync(join(tools, ID, "current"));
  mkdirSync(join(tools, ID, "current", "x"), { recursive: true });
  await refused(install(tools, folderPackage({ version: "2.0.0" })), "install_failed");
  await refused(install(tools, folderPackage({ files: { [LIBRARY]: libraryBytes("new") } })), "install_failed");
  expect(readdirSync(join(tools, ID)).sort()).toEqual(["1.0.0", "current"]);
  expect(readFileSync(join(tools, ID, "1.0.0", LIBRARY), "latin1")).toContain("library of 1.0.0");
  expect(hidden(tools)).toEqual([]);
});

test("a link in the place of the plugin's folder is not followed", async () => {
  const tools = toolsIn();
  const elsewhere = tempDir();
  mkdirSync(tools);
  symlinkSync(elsewhere, join(tools, ID));
  await refused(install(tools, folderPackage()), "install_failed");
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(hidden(tools)).toEqual([]);
});

test("a file in the place of the folder of plugins is an error that says so", async () => {
  const tools = toolsIn();
  writeFileSync(tools, "");
  await refused(install(tools, folderPackage()), "install_failed");
});

test("ten installs at once leave one whole version each, and the link on one of them", async () => {
  const tools = toolsIn();
  const versions = Array.from({ length: 10 }, (_, n) => `1.0.${n % 5}`);
  const done = await Promise.allSettled(versions.map((version) => install(tools, folderPackage({ version }))));
  for (const one of done) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "install_busy" });
  expect(done.some((one) => one.status === "fulfilled")).toBe(true);
  const rows = await verifyInstalled(tools);
  expect(rows).toHaveLength(1);
  expect(rows[0]!.error).toBeUndefined();
  for (const version of readdirSync(join(tools, ID)).filter((name) => name !== "current"))
    expect((await readReceipt(join(tools, ID, version))).version).toBe(version);
  expect(hidden(tools)).toEqual([]);
});

test("what killed installs left behind is removed by the next one; what another runs with is not", async () => {
  const tools = toolsIn();
  mkdirSync(join(tools, ".staging-00000000-0000-0000-0000-000000000001", "x"), { recursive: true });
  const owned = join(tools, ".staging-00000000-0000-0000-0000-000000000002");
  mkdirSync(owned);
  writeFileSync(`${owned}.owner`, processMark());
  const dead = join(tools, ".staging-00000000-0000-0000-0000-000000000003");
  writeFileSync(`${dead}.owner`, processMark().replace(/^\d+/, "4194304"));
  const outside = tempDir();
  writeFileSync(join(outside, "file"), "");
  symlinkSync(outside, join(tools, ".staging-00000000-0000-0000-0000-000000000004"));
  await install(tools, folderPackage());
  expect(hidden(tools).sort()).toEqual([
    ".staging-00000000-0000-0000-0000-000000000002",
    ".staging-00000000-0000-0000-0000-000000000002.owner",
  ]);
  expect(readdirSync(outside)).toEqual(["file"]);
});

test("rolling back goes to the highest version below the one in use, step by step", async () => {
  const tools = toolsIn();
  for (const version of ["1.9.0", "1.10.0-rc.1", "1.10.0", "2.0.0"]) await install(tools, folderPackage({ version }));
  await rollbackPlugin(tools, ID);
  expect(current(tools)).toBe("1.10.0");
  expect(await rollbackPlugin(tools, ID)).toEqual({ from: "1.10.0", to: "1.10.0-rc.1" });
  await rollbackPlugin(tools, ID);
  expect(current(tools)).toBe("1.9.0");
  await refused(rollbackPlugin(tools, ID), "rollback_impossible");
  await refused(rollbackPlugin(tools, "x.y"), "plugin_unknown");
  await refused(rollbackPlugin(tools, "../Tools/a.b"), "plugin_unknown");
  expect(current(tools)).toBe("1.9.0");
});

test("rolling back to a version that nobody consented to, or without a receipt, is refused", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage());
  await install(tools, folderPackage({ version: "2.0.0" }));
  rmSync(join(tools, ID, "1.0.0", ".user_consent"));
  await refused(rollbackPlugin(tools, ID), "consent_required");
  rmSync(join(tools, ID, "1.0.0", "receipt.json"));
  await refused(rollbackPlugin(tools, ID), "receipt_missing");
  expect(current(tools)).toBe("2.0.0");
});

test("a plugin is removed by id, by folder or by path, with its data; or without", async () => {
  const tools = toolsIn();
  for (const spec of [ID, join(tools, ID), `./Tools/${ID}`, `./Tools/${ID}/`]) {
    await install(tools, folderPackage());
    mkdirSync(join(tools, ID, "data"));
    expect(await uninstallPlugin(tools, spec, { cwd: join(tools, "..") })).toBe(ID);
    expect(readdirSync(tools)).toEqual([".changed"]);
  }
  await install(tools, folderPackage());
  mkdirSync(join(tools, ID, "data"));
  writeFileSync(join(tools, ID, "data", "data.db"), "precious");
  await uninstallPlugin(tools, ID, { cwd: "/", keepData: true });
  expect(readdirSync(join(tools, ID))).toEqual(["data"]);
  expect(await listInstalled(tools)).toEqual([]);
  expect(await verifyInstalled(tools)).toEqual([]);
  await install(tools, folderPackage());
  expect(readFileSync(join(tools, ID, "data", "data.db"), "utf8")).toBe("precious");
  await uninstallPlugin(tools, ID, { cwd: "/" });
  await install(tools, folderPackage());
  await uninstallPlugin(tools, ID, { cwd: "/", keepData: true });
  expect(readdirSync(tools)).toEqual([".changed"]);
});

test("a folder that was renamed is found by the id in its receipts", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage());
  renameSync(join(tools, ID), join(tools, "renamed"));
  expect((await resolvePlugin(tools, ID, "/")).pluginIds).toEqual(["renamed", ID]);
  expect(await uninstallPlugin(tools, ID, { cwd: "/" })).toBe("renamed");
});

test("a copy of a plugin's folder does not speak for the plugin that is installed", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage());
  cpSync(join(tools, ID), join(tools, "copy"), { recursive: true, verbatimSymlinks: true });
  const plugin = await resolvePlugin(tools, "copy", "/");
  expect(plugin).toEqual({ name: "copy", pluginIds: ["copy"] });
  await removePlugin(tools, plugin);
  await refused(removePlugin(tools, plugin), "plugin_unknown");
  expect((await verifyInstalled(tools)).map(({ pluginId, error }) => [pluginId, error])).toEqual([[ID, undefined]]);
});

test.each([
  ["../x", "usage_invalid"],
  ["../../etc", "usage_invalid"],
  ["..", "usage_invalid"],
  [".", "usage_invalid"],
  ["/", "usage_invalid"],
  ["/etc", "usage_invalid"],
  [`${ID}/1.0.0`, "usage_invalid"],
  [`${ID}/../../victim`, "usage_invalid"],
  [".changed", "plugin_unknown"],
  ["", "plugin_unknown"],
  ["x.y", "plugin_unknown"],
  ["a\0b", "plugin_unknown"],
])("uninstalling %j is refused and removes nothing", async (spec, code) => {
  const tools = toolsIn();
  const victim = join(tools, "..", "victim");
  mkdirSync(victim);
  await install(tools, folderPackage());
  await refused(uninstallPlugin(tools, spec, { cwd: tools }), code);
  await refused(uninstallPlugin(tools, victim, { cwd: tools }), "usage_invalid");
  expect(existsSync(victim)).toBe(true);
  expect((await verifyInstalled(tools))[0]!.error).toBeUndefined();
});

test("links in the folder of plugins are removed themselves; where they lead, everything stays", async () => {
  const tools = toolsIn();
  const victim = tempDir();
  writeFileSync(join(victim, "file"), "");
  await install(tools, folderPackage());
  symlinkSync(victim, join(tools, "linked"));
  symlinkSync(victim, join(tools, ID, "data"));
  symlinkSync(victim, join(tools, ID, "9.9.9"));
  await uninstallPlugin(tools, "linked", { cwd: "/", keepData: true });
  await uninstallPlugin(tools, ID, { cwd: "/" });
  expect(readdirSync(victim)).toEqual(["file"]);
  expect(readdirSync(tools)).toEqual([".changed"]);
});

test("verify names each thing that is wrong", async () => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage());
  const check = async () => (await verifyInstalled(tools))[0]!;
  expect(await check()).toMatchObject({
    pluginId: ID,
    version: "1.0.0",
    file: LIBRARY,
    error: undefined,
    unsigned: true,
  });
  const receipt = readFileSync(join(folder, "receipt.json"), "utf8");
  const library = join(folder, LIBRARY);
  const problems: [string, () => void][] = [
    ["library_changed", () => writeFileSync(library, "changed")],
    ["install_broken", () => rmSync(library)],
    ["install_broken", () => symlinkSync("/etc/passwd", library)],
    ["receipt_invalid", () => writeFileSync(join(folder, "receipt.json"), "{")],
    ["install_broken", () => writeFileSync(join(folder, "receipt.json"), receipt.replace('"1.0.0"', '"2.0.0"'))],
    ["receipt_missing", () => rmSync(join(folder, "receipt.json"))],
    ["install_broken", () => renameSync(folder, join(tools, ID, "3.0.0"))],
  ];
  for (const [code, damage] of problems) {
    damage();
    expect((await check()).error, code).toMatchObject({ code });
  }
});

test("verify tells the key that a package was verified with", async () => {
  const tools = toolsIn();
  await install(tools, signed(folderPackage()));
  expect(await verifyInstalled(tools)).toMatchObject([{ unsigned: false, publicKey: "RWkey1", error: undefined }]);
});

test("a link that leads nowhere is repaired to the highest version with a receipt, or removed", async () => {
  const tools = toolsIn();
  for (const version of ["1.0.0", "2.0.0", "3.0.0"]) await install(tools, folderPackage({ version }));
  rmSync(join(tools, ID, "2.0.0", "receipt.json"));
  expect(await repairCurrent(tools)).toEqual([]);
  rmSync(join(tools, ID, "3.0.0"), { recursive: true });
  expect(await repairCurrent(tools)).toEqual([{ pluginId: ID, version: "1.0.0" }]);
  expect(current(tools)).toBe("1.0.0");
  rmSync(join(tools, ID, "1.0.0"), { recursive: true });
  expect(await repairCurrent(tools)).toEqual([{ pluginId: ID, version: undefined }]);
  expect(lstatSync(join(tools, ID, "current"), { throwIfNoEntry: false })).toBeUndefined();
  expect(await repairCurrent(join(tools, "nowhere"))).toEqual([]);
});

test("a version that was being replaced when its installer was killed comes back", async () => {
  const tools = toolsIn();
  const { folder } = await install(tools, folderPackage());
  const aside = join(tools, ID, ".replaced-00000000-0000-0000-0000-000000000000-1.0.0");
  renameSync(folder, aside);
  await repairCurrent(tools);
  expect((await verifyInstalled(tools))[0]!.error).toBeUndefined();
  expect(existsSync(aside)).toBe(false);
});

test("a folder that may not be written is an error, and what was there stays", async () => {
  const tools = toolsIn();
  await install(tools, folderPackage());
  chmodSync(tools, 0o500);
  try {
    // Who may write everywhere (root) writes here too: then there is nothing to refuse.
    const done = await install(tools, folderPackage({ version: "2.0.0" })).catch((error: unknown) => error);
    if (process.getuid?.() !== 0) expect(done).toMatchObject({ code: "install_failed" });
  } finally {
    chmodSync(tools, 0o700);
  }
  expect((await verifyInstalled(tools))[0]!.error).toBeUndefined();
});
