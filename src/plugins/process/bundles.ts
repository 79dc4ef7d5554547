// Holds the plugins of bundled folders against the manifest there: nothing that is not listed is run, nothing with other
// bytes than the listed ones, and nothing that says something else of itself than the manifest does.

import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { HostError } from "../../protocol/errors.ts";
import type { DescribedCommand, DescribeV1 } from "../../protocol/process-plugin.ts";
import type { BundledPlugin } from "./bundle-manifest.ts";
import type { Candidate, PluginRoot } from "./roots.ts";

/** What a bundled folder's manifest says: its plugins by file name, or why it cannot be used. */
type Bundle = ReadonlyMap<string, BundledPlugin> | HostError;

/** The folders that have a manifest, by their name. */
export type Bundles = ReadonlyMap<string, Bundle>;

/** Something wrong with a folder that no plugin of the result can tell. */
export interface DiscoveryProblem {
  readonly kind: "bundle_missing" | "bundle_invalid" | "not_a_plugin";
  readonly path: string;
  readonly pluginId: string | null;
  readonly text: string;
}

/** Reads the manifests of all bundled folders. */
export async function readBundles(roots: readonly PluginRoot[]): Promise<Bundles> {
  const bundles = new Map<string, Bundle>();
  for (const { dir } of roots.filter(({ source }) => source === "bundled")) {
    if (!hasManifest(dir)) continue;
    const { readBundleManifest } = await import("./bundle-manifest.ts");
    try {
      bundles.set(dir, readBundleManifest(dir));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      bundles.set(dir, error);
    }
  }
  return bundles;
}

/** A link that leads nowhere counts: somebody put it there, so the folder is not meant to be without rules. */
function hasManifest(dir: string): boolean {
  try {
    return lstatSync(join(dir, "manifest.toml"), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** What the manifest says of a plugin file; null when no manifest rules its folder. */
export function listedAs(bundles: Bundles, candidate: Candidate): BundledPlugin | null {
  const bundle = bundles.get(candidate.dir);
  return bundle instanceof Map ? (bundle.get(basename(candidate.path)) ?? null) : null;
}

/** Why a plugin file must not be run and nothing said of it earlier be believed; null when it may. */
export async function whyBarred(bundles: Bundles, candidate: Candidate): Promise<HostError | null> {
  const bundle = bundles.get(candidate.dir);
  if (bundle === undefined) return null;
  if (bundle instanceof HostError) return bundle;
  const listed = bundle.get(basename(candidate.path));
  if (listed === undefined) {
    return new HostError("bundle_mismatch", `manifest.toml in ${candidate.dir} does not list it`, {
      hint: "add it to the manifest, or move it to a plugin folder of your own",
    });
  }
  if (listed.checksum_sha256 === undefined) return null;
  const { sha256OfFile } = await import("./sha256-of-file.ts");
  const actual = sha256OfFile(candidate.path);
  if (actual === listed.checksum_sha256) return null;
  const what = actual === undefined ? "it cannot be read to check it" : "its SHA-256 is not the one in manifest.toml";
  return new HostError("checksum_mismatch", `${what}, so it was not started`, {
    hint: "install it again; if the change was meant, correct checksum_sha256",
    details: { path: candidate.path, expected: listed.checksum_sha256, actual: actual ?? null },
  });
}

/** Where a description and the manifest disagree; null when they do not. */
export function findMismatch(listed: BundledPlugin, description: DescribeV1): HostError | null {
  const differences = [
    differs("plugin_id", description.plugin_id, listed.id),
    differs("plugin_version", description.plugin_version.trim(), listed.version),
    differs("commands", nameSet(description.commands.map(({ name }) => name)), nameSet(listed.commands)),
  ].filter((one) => one !== null);
  if (differences.length === 0) return null;
  return new HostError("bundle_mismatch", `--describe and manifest.toml disagree: ${differences.join("; ")}`);
}

function differs(what: string, described: string, listed: string): string | null {
  return described === listed ? null : `${what} is "${described}", the manifest says "${listed}"`;
}

function nameSet(names: readonly string[]): string {
  return [...new Set(names)].sort().join(", ");
}

/** Commands of which nothing but the name is known. */
export function bareCommands(names: readonly string[]): DescribedCommand[] {
  return [...new Set(names)].map((name) => ({ name, about: "", auth: null, args: [], flags: {}, subcommands: [] }));
}

/** Manifests that cannot be used, and listed plugins of which there is no usable file. */
export function bundleProblems(bundles: Bundles, candidates: readonly Candidate[]): DiscoveryProblem[] {
  const found = new Set(candidates.map(({ path }) => path));
  return [...bundles].flatMap(([dir, bundle]): DiscoveryProblem[] => {
    if (bundle instanceof HostError) {
      return [{ kind: "bundle_invalid", path: join(dir, "manifest.toml"), pluginId: null, text: bundle.message }];
    }
    return [...bundle.values()].flatMap(({ exe, id }) => {
      const path = join(dir, exe);
      const text = `manifest.toml lists ${exe}, but ${dir} has no executable plugin file of that name`;
      return found.has(path) ? [] : [{ kind: "bundle_missing", path, pluginId: id, text }];
    });
  });
}
