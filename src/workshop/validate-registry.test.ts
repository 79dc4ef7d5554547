import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { OTHER_ARCH } from "../../test/helpers/library-bytes.ts";
import { makeSigningKey } from "../../test/helpers/minisign-keys.ts";
import { PUBLISHED_ID as ID, pluginZip } from "../../test/helpers/plugin-zips.ts";
import { keptTempDir, tempDir } from "../../test/helpers/temp-dir.ts";
import { detachedSignature } from "../plugins/native/sign-file.ts";
import { ARCHIVE_BYTES_MAX, REGISTRY_ENTRIES_MAX, REGISTRY_ENTRY_BYTES_MAX } from "../protocol/limits.ts";
import { publishPackage } from "./publish-package.ts";
import { REGISTRY_RULES } from "./registry-finding.ts";
import { countFindings, validateRegistry } from "./validate-registry.ts";

const signal = new AbortController().signal;
const FILE = `plugins/${ID}.json`;
const seen = new Set<string>();

/** A sound registry, made once; each test has a copy. */
const template = keptTempDir();
afterAll(template.remove);
const key = makeSigningKey();
let isMade = false;
let root: string;
beforeEach(async () => {
  if (!isMade) await makeTemplate();
  root = tempDir();
  cpSync(template.path, root, { recursive: true });
});

async function makeTemplate(): Promise<void> {
  isMade = true;
  for (const version of ["1.0.0", "1.1.0"]) {
    await publishPackage({ zip: pluginZip({ version }), folder: template.path, sign: key, signal });
  }
}

async function validate(path = root) {
  const findings = await validateRegistry(path, signal);
  for (const { code } of findings) seen.add(code);
  return findings;
}

// biome-ignore lint/suspicious/noExplicitAny: entries are broken here in every way.
type Loose = any;
const read = (): Loose => JSON.parse(readFileSync(join(root, FILE), "utf8"));

/** Breaks the entry. */
function edit(change: (entry: Loose) => void): void {
  const entry = read();
  change(entry);
  writeFileSync(join(root, FILE), JSON.stringify(entry));
}

const artifact = (entry: Loose) => entry.versions[0].artifacts[0];
const archive = () => join(root, artifact(read()).url);

/** What an archive with other bytes needs besides, so that only one rule is broken. */
async function putArchive(bytes: Buffer): Promise<void> {
  writeFileSync(archive(), bytes);
  const signature = await detachedSignature(bytes, key, "x");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  edit((entry) => Object.assign(artifact(entry), { sha256, size: bytes.length, minisign: { signature } }));
}

describe("a registry", () => {
  test("that breaks no rule has one row for each entry, all of them fine", async () => {
    expect(await validate()).toEqual([
      {
        path: FILE,
        status: "ok",
        code: "entry",
        detail: expect.stringMatching(/^1\.1\.0, 1\.0\.0; key [0-9A-F]{16}$/),
      },
    ]);
    expect(await validate(join(root, FILE))).toMatchObject([{ path: FILE, status: "ok" }]);
  });

  const broken: [what: string, code: string, detail: string, breakIt: () => void | Promise<void>][] = [
    ["is no JSON", "entry_json", "not JSON", () => writeFileSync(join(root, FILE), "{")],
    [
      "has too many bytes",
      "entry_file",
      "over",
      () => writeFileSync(join(root, FILE), " ".repeat(REGISTRY_ENTRY_BYTES_MAX + 1)),
    ],
    [
      "is a link to nothing",
      "entry_file",
      "vanished",
      () => {
        rmSync(join(root, FILE));
        symlinkSync("gone", join(root, FILE));
      },
    ],
    ["lacks its key", "entry_shape", "public_keys", () => edit((entry) => delete entry.public_keys)],
    [
      "has a key of another kind",
      "entry_shape",
      "public key",
      () =>
        edit((entry) => {
          entry.public_keys.minisign = `RW${"A".repeat(54)}`;
          entry.versions = [];
        }),
    ],
    [
      "has a version that is none",
      "entry_shape",
      "versions[0].version",
      () =>
        edit((entry) => {
          entry.versions[0].version = "one";
        }),
    ],
    [
      "has a hash that is none",
      "entry_shape",
      "sha256",
      () =>
        edit((entry) => {
          artifact(entry).sha256 = "00";
        }),
    ],
    [
      "is about another plugin",
      "plugin_id",
      "other.plugin",
      () =>
        edit((entry) => {
          entry.plugin_id = "other.plugin";
        }),
    ],
    [
      "has a name that is no id",
      "plugin_id",
      "cannot be the id",
      () => writeFileSync(join(root, "plugins/-x.json"), "{}"),
    ],
    ["has a version twice", "version_twice", "1.1.0", () => edit((entry) => entry.versions.push(entry.versions[0]))],
    [
      "has the oldest version first",
      "version_order",
      "1.1.0 stands below 1.0.0",
      () => edit((entry) => entry.versions.reverse()),
    ],
    [
      "has two archives for one system",
      "artifact_twice",
      "two archives",
      () => edit((entry) => entry.versions[0].artifacts.push(artifact(entry))),
    ],
    ["names an archive that is not there", "artifact_missing", "no such file", () => rmSync(archive())],
    [
      "has a folder in the place of an archive",
      "artifact_missing",
      "no regular file",
      () => {
        const path = archive();
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      "has a pipe in the place of an archive",
      "artifact_missing",
      "no regular file",
      () => {
        const path = archive();
        rmSync(path);
        execFileSync("mkfifo", [path]);
      },
    ],
    [
      "has an archive that is larger than any, of which nothing is read",
      "artifact_size",
      "at most",
      () => {
        truncateSync(archive(), ARCHIVE_BYTES_MAX + 1);
        edit((entry) => delete artifact(entry).size);
      },
    ],
    [
      "names an archive outside of it",
      "artifact_url",
      "leads out",
      () =>
        edit((entry) => {
          artifact(entry).url = "artifacts/../../x.zip";
        }),
    ],
    [
      "names an archive behind a link that leads out",
      "artifact_url",
      "link that leads out",
      () => {
        const path = archive();
        rmSync(path);
        symlinkSync(pluginZip(), path);
      },
    ],
    [
      "names an address that is not safe",
      "artifact_url",
      "nothing is fetched",
      () =>
        edit((entry) => {
          artifact(entry).url = "http://example.com/x.zip";
        }),
    ],
    [
      "has another size",
      "artifact_size",
      "should have 5",
      () =>
        edit((entry) => {
          artifact(entry).size = 5;
        }),
    ],
    [
      "has another hash",
      "artifact_hash",
      "should be 0000",
      () =>
        edit((entry) => {
          artifact(entry).sha256 = "0".repeat(64);
        }),
    ],
    [
      "has no signature",
      "signature_missing",
      "never installed",
      () => edit((entry) => delete artifact(entry).minisign),
    ],
    [
      "has the signature of another file",
      "signature",
      "not a signature of this file",
      () =>
        edit((entry) => {
          artifact(entry).minisign = entry.versions[1].artifacts[0].minisign;
        }),
    ],
    [
      "has the signature of another key",
      "signature",
      "made with the key",
      async () => {
        const signature = await detachedSignature(archive(), makeSigningKey(), "x");
        edit((entry) => {
          artifact(entry).minisign.signature = signature;
        });
      },
    ],
    ["has an archive that is none", "package", "zip", async () => await putArchive(Buffer.from("no archive"))],
    [
      "has an archive of another version",
      "package",
      'version "9.0.0"',
      async () => await putArchive(readFileSync(pluginZip({ version: "9.0.0" }))),
    ],
    [
      "has an archive of another plugin",
      "package",
      'plugin_id "a.b"',
      async () => await putArchive(readFileSync(pluginZip({ id: "a.b", version: "1.1.0" }))),
    ],
    [
      "has an archive for another system",
      "package",
      OTHER_ARCH,
      async () => await putArchive(readFileSync(pluginZip({ version: "1.1.0", arch: OTHER_ARCH }))),
    ],
    [
      "names a previous key that signed nothing",
      "rotation",
      "did not sign",
      async () => {
        const previous = makeSigningKey().publicKey;
        edit((entry) => {
          entry.public_keys.previous = previous;
        });
      },
    ],
    [
      "has a rotation signature of another key",
      "rotation",
      "not one of the previous key",
      async () => {
        const rotation_signature = await detachedSignature(Buffer.from(key.publicKey), makeSigningKey(), "x");
        const previous = makeSigningKey().publicKey;
        edit((entry) => Object.assign(entry.public_keys, { previous, rotation_signature }));
      },
    ],
    [
      "has a rotation signature over another key",
      "rotation",
      "not one of the previous key",
      async () => {
        const old = makeSigningKey();
        const rotation_signature = await detachedSignature(Buffer.from(old.publicKey), old, "x");
        edit((entry) => Object.assign(entry.public_keys, { previous: old.publicKey, rotation_signature }));
      },
    ],
    [
      "has a rotation signature and no previous key",
      "rotation",
      "no previous key",
      () =>
        edit((entry) => {
          entry.public_keys.rotation_signature = "x";
        }),
    ],
    [
      "has the same key twice",
      "rotation",
      "the one of now",
      () =>
        edit((entry) => {
          entry.public_keys.previous = entry.public_keys.minisign;
        }),
    ],
    ["has a list that is none", "index", "no list of ids", () => writeFileSync(join(root, "plugins/index.json"), "{}")],
    [
      "has a list without it",
      "index",
      `does not have "${ID}"`,
      () => writeFileSync(join(root, "plugins/index.json"), "[]"),
    ],
    [
      "has a list with more",
      "index",
      '"a.b"',
      () => writeFileSync(join(root, "plugins/index.json"), `["a.b", "${ID}"]`),
    ],
  ];

  test.each(broken)("that %s is told of it, and of nothing else", async (_, code, detail, breakIt) => {
    await breakIt();
    const findings = (await validate()).filter(({ status }) => status === "fail");
    expect(findings).toMatchObject([{ code, detail: expect.stringContaining(detail) }]);
  });

  const doubtful: [what: string, code: string, doIt: () => void][] = [
    ["has no list of its plugins", "index", () => rmSync(join(root, "plugins/index.json"))],
    ["has an archive that no entry names", "artifact_unused", () => writeFileSync(join(root, "artifacts/x.zip"), "")],
    [
      "has an archive on the web, which is not looked at",
      "artifact_elsewhere",
      () =>
        edit((entry) => {
          artifact(entry).url = "https://example.com/x.zip";
        }),
    ],
    [
      "has no version",
      "versions",
      () =>
        edit((entry) => {
          entry.versions = [];
        }),
    ],
    [
      "has a version without an archive",
      "versions",
      () =>
        edit((entry) => {
          entry.versions[0].artifacts = [];
        }),
    ],
    [
      "has a system that no host runs on",
      "system",
      () =>
        edit((entry) => {
          entry.versions[0].artifacts.push({ ...artifact(entry), os: "plan9", url: "https://example.com/x.zip" });
        }),
    ],
  ];

  test.each(doubtful)("that %s is warned of, and does not fail", async (_, code, doIt) => {
    doIt();
    const findings = await validate();
    expect(findings.map((one) => one.code)).toContain(code);
    expect(findings.filter(({ status }) => status === "fail")).toEqual([]);
  });

  test("without an entry is warned of", async () => {
    root = tempDir();
    mkdirSync(join(root, "plugins"));
    expect((await validate()).map(({ code, status }) => [code, status])).toContainEqual(["entries", "warn"]);
  });

  test("that breaks many rules at once is told of all of them", async () => {
    appendFileSync(archive(), "x");
    edit((entry) => delete artifact(entry).size);
    writeFileSync(join(root, "plugins/a.b.json"), "{");
    const codes = (await validate()).filter(({ status }) => status === "fail").map(({ code }) => code);
    expect(codes.sort()).toEqual(["artifact_hash", "entry_json", "index", "package", "signature"]);
  });
});

test("a registry may have as many entries as the limit, and not one more", () => {
  expect(countFindings(REGISTRY_ENTRIES_MAX)).toEqual([]);
  expect(countFindings(REGISTRY_ENTRIES_MAX + 1)).toMatchObject([{ status: "fail", code: "entries" }]);
});

test("a folder that is no registry is said to be none, and what is not there is not there", async () => {
  const folder = tempDir();
  await expect(validateRegistry(folder, signal)).rejects.toMatchObject({ code: "registry_invalid" });
  await expect(validateRegistry(join(folder, "gone"), signal)).rejects.toMatchObject({ code: "file_unknown" });
});

test("an entry that lies somewhere is examined without its archives", async () => {
  const path = join(tempDir(), `${ID}.json`);
  writeFileSync(path, readFileSync(join(root, FILE)));
  const codes = (await validate(path)).map(({ code, status }) => [status, code]);
  expect(codes).toEqual([
    ["ok", "entry"],
    ["warn", "artifact_elsewhere"],
    ["warn", "artifact_elsewhere"],
  ]);
});

test("the list of all plugins may be examined by itself", async () => {
  const path = join(root, "plugins/index.json");
  writeFileSync(path, JSON.stringify([ID]));
  expect((await validate(path)).filter(({ status }) => status !== "ok")).toEqual([]);
  writeFileSync(path, JSON.stringify([ID, "gone"]));
  expect((await validate(path)).some(({ status }) => status !== "ok")).toBe(true);
  rmSync(path);
});

test("an interruption ends it", async () => {
  await expect(validateRegistry(root, AbortSignal.abort())).rejects.toMatchObject({ code: "interrupted" });
});

afterAll(() => expect([...seen].sort()).toEqual([...REGISTRY_RULES].sort()));
