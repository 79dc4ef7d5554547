// One plugin in a registry: `plugins/<plugin_id>.json` ("Osaurus: Packaging"). What it says, and which of its archives is
// the one for this system. Members that are not known are ignored; nothing here fetches anything.

import * as z from "zod/mini";
import { compareVersions, parseVersion } from "../../base/semver.ts";
import { HostError } from "../../protocol/errors.ts";
import { jsonBeyond } from "../../protocol/json-bounds.ts";
import { lengthCheck } from "../../protocol/length-check.ts";
import {
  ARCHIVE_BYTES_MAX,
  PLUGIN_ID_CHARS_MAX,
  REGISTRY_ENTRY_DEPTH_MAX,
  SIGNATURE_CHARS_MAX,
} from "../../protocol/limits.ts";
import { parseWith } from "../../protocol/parse-with.ts";

const VERSIONS_MAX = 10_000;
const ARTIFACTS_MAX = 100;
const TEXT_CHARS_MAX = 64 * 1024;
const URL_CHARS_MAX = 8 * 1024;
const VERSION_CHARS_MAX = 200;

const Text = z.string().check(lengthCheck({ max: TEXT_CHARS_MAX }));
const SemVer = z.string().check(
  lengthCheck({ max: VERSION_CHARS_MAX }),
  z.refine((text) => parseVersion(text) !== undefined, "must be a semantic version like 1.2.3"),
);
const PublicKey = z
  .string()
  .check(z.regex(/^RW[A-Za-z0-9+/]{54}$/, 'must be a key of minisign, which begins with "RW"'));
const Signature = z.string().check(lengthCheck({ max: SIGNATURE_CHARS_MAX }));

const Artifact = z.object({
  os: Text,
  arch: Text,
  /** Absolute, or relative to the registry's root. */
  url: z.string().check(lengthCheck({ min: 1, max: URL_CHARS_MAX })),
  sha256: z.string().check(z.regex(/^[0-9a-fA-F]{64}$/, "must be 64 hex digits")),
  minisign: z.nullish(z.object({ signature: Signature })),
  size: z.optional(z.number().check(z.int(), z.gte(0), z.lte(ARCHIVE_BYTES_MAX))),
});

const EntryVersion = z.object({
  version: SemVer,
  release_date: z.optional(Text),
  notes: z.optional(Text),
  /** A number that cannot be read keeps nobody from anything. */
  requires: z.nullish(z.object({ osaurus_min_version: z.optional(Text) })),
  artifacts: z.array(Artifact).check(lengthCheck({ max: ARTIFACTS_MAX })),
});

const EntrySchema = z.object({
  plugin_id: z.string().check(lengthCheck({ min: 1, max: PLUGIN_ID_CHARS_MAX })),
  public_keys: z.object({
    minisign: PublicKey,
    /** The key before this one; `rotation_signature` is then its signature over this one. */
    previous: z.nullish(PublicKey),
    rotation_signature: z.nullish(Signature),
  }),
  versions: z.array(EntryVersion).check(lengthCheck({ max: VERSIONS_MAX })),
  name: z.optional(Text),
  description: z.optional(Text),
  homepage: z.optional(Text),
  license: z.optional(Text),
});

export type RegistryEntry = z.infer<typeof EntrySchema>;
type EntryVersion = z.infer<typeof EntryVersion>;
export type EntryArtifact = z.infer<typeof Artifact>;

/** The system that an archive is wanted for, in the words of registries and receipts. */
export interface TargetSystem {
  readonly os: string;
  readonly arch: string;
  /** Version of the host; versions of the plugin that need a newer one are passed over. Not known: none is. */
  readonly hostVersion?: string | undefined;
}

export interface ResolvedArtifact {
  readonly version: string;
  readonly artifact: EntryArtifact;
}

/** The system that this process runs on. */
export function thisSystem(): TargetSystem {
  return { os: process.platform === "darwin" ? "macos" : process.platform, arch: process.arch };
}

/**
 * Reads the text of an entry. Throws `registry_invalid` with the path of each mistake.
 *
 * @param pluginId the name of the file; the entry has to be about the same plugin.
 * @param where what to call the file.
 */
export function parseEntry(text: string, pluginId: string, where: string): RegistryEntry {
  const fail = (problem: string): never => {
    throw new HostError("registry_invalid", `the registry's entry ${where} is not usable: ${problem}`, {
      hint: "whoever keeps the registry has to mend it",
      details: { plugin: pluginId },
    });
  };
  const reading = readEntry(text, pluginId);
  return "problem" in reading ? fail(reading.problem) : reading.entry;
}

export type EntryReading =
  | { readonly entry: RegistryEntry }
  | { readonly rule: "entry_json" | "entry_shape" | "plugin_id" | "version_twice"; readonly problem: string };

/** The same, without an error: for who examines entries. `rule` is the one that is broken. */
export function readEntry(text: string, pluginId: string): EntryReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { rule: "entry_json", problem: `it is not JSON: ${(error as Error).message}` };
  }
  // Members that are not known are written again as they are, which goes down into them.
  if (jsonBeyond(text, { depthMax: REGISTRY_ENTRY_DEPTH_MAX, valuesMax: Number.POSITIVE_INFINITY }) !== undefined) {
    return { rule: "entry_shape", problem: `it is nested deeper than ${REGISTRY_ENTRY_DEPTH_MAX} levels` };
  }
  const parsed = parseWith(EntrySchema, json);
  if ("problem" in parsed) return { rule: "entry_shape", problem: parsed.problem };
  const entry = parsed.data;
  if (entry.plugin_id !== pluginId) {
    return { rule: "plugin_id", problem: `plugin_id: must be "${pluginId}" like the file, is "${entry.plugin_id}"` };
  }
  const twice = firstTwice(entry.versions.map(({ version }) => version));
  return twice === undefined ? { entry } : { rule: "version_twice", problem: `versions: ${twice} stands there twice` };
}

function firstTwice(values: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return values.find((value) => seen.size === seen.add(value).size);
}

/** Every version that has an archive for the system, newest first. */
export function fittingVersions(entry: RegistryEntry, system: TargetSystem): ResolvedArtifact[] {
  return entry.versions
    .filter((one) => suitsHost(one, system.hostVersion))
    .map(({ version, artifacts }) => ({
      version,
      artifact: artifacts.find(({ os, arch }) => os === system.os && arch === system.arch),
    }))
    .filter((one): one is ResolvedArtifact => one.artifact !== undefined)
    .sort((a, b) => compareVersions(parseVersion(b.version)!, parseVersion(a.version)!));
}

/** The archive to install. Throws `version_unknown`, naming what there is instead. */
export function resolveArtifact(
  entry: RegistryEntry,
  { version, ...system }: TargetSystem & { readonly version?: string | undefined },
): ResolvedArtifact {
  const fitting = fittingVersions(entry, system);
  const found = version === undefined ? fitting[0] : fitting.find((one) => one.version === version);
  if (found !== undefined) return found;
  throw noSuchVersion(entry, system, version, fitting);
}

function suitsHost({ requires }: EntryVersion, hostVersion: string | undefined): boolean {
  const wanted = parseVersion(requires?.osaurus_min_version ?? "");
  const host = parseVersion(hostVersion ?? "");
  return wanted === undefined || host === undefined || compareVersions(host, wanted) >= 0;
}

const SHOWN_MAX = 10;

function noSuchVersion(
  entry: RegistryEntry,
  { os, arch, hostVersion }: TargetSystem,
  version: string | undefined,
  fitting: readonly ResolvedArtifact[],
): HostError {
  const { plugin_id } = entry;
  const what = version === undefined ? "no version" : `no version ${version}`;
  const wanted = entry.versions.find((one) => one.version === version);
  const elsewhere = version === undefined ? entry.versions.flatMap(({ artifacts }) => artifacts) : wanted?.artifacts;
  const others = [...new Set((elsewhere ?? []).map((one) => `${one.os} ${one.arch}`))].slice(0, SHOWN_MAX);
  const reason =
    wanted !== undefined && !suitsHost(wanted, hostVersion)
      ? "; it needs a newer host"
      : others.length > 0
        ? `; it is there for ${others.join(", ")}`
        : "";
  const shown = fitting.slice(0, SHOWN_MAX).map((one) => one.version);
  const more = fitting.length - shown.length;
  return new HostError("version_unknown", `there is ${what} of "${plugin_id}" for ${os} ${arch}${reason}`, {
    hint:
      shown.length === 0
        ? "no version of it runs on this system; ask its author"
        : `there are: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    details: { plugin: plugin_id, os, arch, ...(version === undefined ? {} : { version }), available: shown },
  });
}
