import { describe, expect, test } from "vitest";
import { makeSigningKey } from "../../../test/helpers/minisign-keys.ts";
import { REGISTRY_ENTRY_DEPTH_MAX } from "../../protocol/limits.ts";
import { fittingVersions, parseEntry, resolveArtifact } from "./registry-entry.ts";

const KEY = makeSigningKey().publicKey;
const HASH = "a".repeat(64);

function artifact(change: object = {}) {
  return {
    os: "linux",
    arch: "x64",
    url: "https://example.com/p.zip",
    sha256: HASH,
    minisign: { signature: "s" },
    ...change,
  };
}

function entry(change: object = {}) {
  return { plugin_id: "my.plugin", public_keys: { minisign: KEY }, versions: [], ...change };
}

const parse = (value: unknown) => parseEntry(JSON.stringify(value), "my.plugin", "my.plugin.json");
const system = { os: "linux", arch: "x64" };

/** As JSON, one list in another. */
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("parseEntry", () => {
  test("takes what is nested as deep as the limit, and nothing deeper", () => {
    const text = JSON.stringify(entry({ x: "HERE" }));
    const parsed = (levels: number) => parseEntry(text.replace('"HERE"', nested(levels)), "my.plugin", "x");
    expect(parsed(REGISTRY_ENTRY_DEPTH_MAX - 1).plugin_id).toBe("my.plugin");
    for (const levels of [REGISTRY_ENTRY_DEPTH_MAX, 500_000]) {
      expect(() => parsed(levels)).toThrow(`deeper than ${REGISTRY_ENTRY_DEPTH_MAX} levels`);
    }
  });

  test("ignores members that it does not know, at every level", () => {
    const versions = [{ version: "1.0.0", more: 1, artifacts: [artifact({ min_macos: "what?", more: 1 })] }];
    const parsed = parse(
      entry({ versions, capabilities: { tools: 7 }, docs: null, public_keys: { minisign: KEY, pgp: 1 } }),
    );
    expect(parsed.versions[0]!.artifacts[0]).toMatchObject({ os: "linux", sha256: HASH });
  });

  test.each([
    ["plugin_id", entry({ plugin_id: "other" }), 'plugin_id: must be "my.plugin" like the file, is "other"'],
    ["no key", entry({ public_keys: {} }), "public_keys.minisign: is missing"],
    ["a wrong key", entry({ public_keys: { minisign: "XX" } }), 'begins with "RW"'],
    ["no versions", { ...entry(), versions: undefined }, "versions: is missing"],
    [
      "a wrong version",
      entry({ versions: [{ version: "1", artifacts: [] }] }),
      "versions[0].version: must be a semantic version",
    ],
    ["no artifacts", entry({ versions: [{ version: "1.0.0" }] }), "versions[0].artifacts: is missing"],
    [
      "a wrong hash",
      entry({ versions: [{ version: "1.0.0", artifacts: [artifact({ sha256: "abc" })] }] }),
      "versions[0].artifacts[0].sha256: must be 64 hex digits",
    ],
    [
      "a negative size",
      entry({ versions: [{ version: "1.0.0", artifacts: [artifact({ size: -1 })] }] }),
      "versions[0].artifacts[0].size: must be at least 0",
    ],
    [
      "the same version twice",
      entry({ versions: ["1.0.0", "2.0.0", "1.0.0"].map((version) => ({ version, artifacts: [] })) }),
      "versions: 1.0.0 stands there twice",
    ],
    ["a list", [], "the document: must be an object, is a list"],
  ])("names the mistake: %s", (_, value, problem) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({ code: "registry_invalid", message: expect.stringContaining(problem) }),
    );
  });

  test("names what is no JSON", () => {
    expect(() => parseEntry("{", "my.plugin", "f")).toThrow(expect.objectContaining({ code: "registry_invalid" }));
  });

  test("an artifact without a signature is readable: what is missing is said to whoever wants to install it", () => {
    const versions = [{ version: "1.0.0", artifacts: [artifact({ minisign: null })] }];
    expect(parse(entry({ versions })).versions[0]!.artifacts[0]!.minisign).toBeNull();
  });
});

describe("resolveArtifact", () => {
  const versions = [
    { version: "1.9.0", artifacts: [artifact()] },
    { version: "1.10.0", artifacts: [artifact({ arch: "arm64" }), artifact({ url: "x" })] },
    { version: "2.0.0-beta.1", artifacts: [artifact()] },
    { version: "3.0.0", artifacts: [artifact({ os: "macos", arch: "arm64" })] },
    { version: "4.0.0", requires: { osaurus_min_version: "9.0.0" }, artifacts: [artifact()] },
  ];
  const parsed = parse(entry({ versions }));

  test("takes the newest version that has an archive for the system", () => {
    expect(resolveArtifact(parsed, { ...system, hostVersion: "1.0.0" }).version).toBe("2.0.0-beta.1");
    expect(resolveArtifact(parsed, { os: "macos", arch: "arm64" }).version).toBe("3.0.0");
    expect(resolveArtifact(parsed, { os: "linux", arch: "arm64" }).version).toBe("1.10.0");
  });

  test("passes over what needs a newer host; a host or a need that is not known rules nothing out", () => {
    expect(resolveArtifact(parsed, { ...system, hostVersion: "9.0.0" }).version).toBe("4.0.0");
    expect(resolveArtifact(parsed, system).version).toBe("4.0.0");
    const strange = [{ version: "1.0.0", requires: { osaurus_min_version: "new" }, artifacts: [artifact()] }];
    expect(resolveArtifact(parse(entry({ versions: strange })), { ...system, hostVersion: "0.1.0" }).version).toBe(
      "1.0.0",
    );
  });

  test("orders as semantic versions are ordered", () => {
    const order = fittingVersions(parsed, { ...system, hostVersion: "1.0.0" }).map(({ version }) => version);
    expect(order).toEqual(["2.0.0-beta.1", "1.10.0", "1.9.0"]);
  });

  test("a version that was asked for is taken or fails, and never becomes another one", () => {
    expect(resolveArtifact(parsed, { ...system, version: "1.9.0" }).version).toBe("1.9.0");
    const wanted = (version: string) => () => resolveArtifact(parsed, { ...system, hostVersion: "1.0.0", version });
    const error = (message: string) =>
      expect.objectContaining({
        code: "version_unknown",
        message: expect.stringContaining(message),
        hint: "there are: 2.0.0-beta.1, 1.10.0, 1.9.0",
      });
    expect(wanted("5.0.0")).toThrow(error('there is no version 5.0.0 of "my.plugin" for linux x64'));
    expect(wanted("3.0.0")).toThrow(error("it is there for macos arm64"));
    expect(wanted("4.0.0")).toThrow(error("it needs a newer host"));
  });

  test("nothing for this system is said as that", () => {
    expect(() => resolveArtifact(parsed, { os: "linux", arch: "riscv64" })).toThrow(
      expect.objectContaining({ code: "version_unknown", hint: expect.stringContaining("ask its author") }),
    );
  });
});
