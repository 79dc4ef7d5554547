// Installing, removing and packing native plugins, as commands ask for it: works out what a word on the command line
// means and where a package comes from. The rules of installing are in `install-store.ts`.

import { basename, isAbsolute, join, resolve } from "node:path";
import type { Paths } from "../base/paths.ts";
import { parseVersion } from "../base/semver.ts";
import { type Installed, type InstallOptions, installPackage } from "../plugins/native/install-store.ts";
import { isLocalSpec, openLocalPackage } from "../plugins/native/local-package.ts";
import { type Packed, packPlugin } from "../plugins/native/pack-plugin.ts";
import type { PackageIdentity, PackageSource } from "../plugins/native/package-source.ts";
import {
  activateInstalled,
  type ConsentTarget,
  checkVersion,
  consentTarget,
  installedTarget,
  recordConsent,
} from "../plugins/native/record-consent.ts";
import { rollbackPlugin } from "../plugins/native/rollback.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { removePlugin, resolvePlugin } from "../plugins/native/uninstall.ts";
import { type Verification, verifyInstalled } from "../plugins/native/verify-installed.ts";
import { type ErrorCode, HostError, toHostError } from "../protocol/errors.ts";
import type { PluginDatabases } from "../store/plugin-databases.ts";
import type { SecretStore } from "../store/secret-store.ts";

export interface InstallHostOptions {
  readonly paths: Paths;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** What a library's get_manifest returns; it is loaded for that. */
  readManifest(library: string): Promise<string>;
  /** Where a plugin's settings and its database are kept. */
  stores(): Promise<{ readonly secrets: SecretStore; readonly databases: PluginDatabases }>;
  /** Forgets what other parts of the host keep for a plugin: decisions about its tools. */
  forget(pluginId: string): Promise<void>;
}

export interface InstallRequest extends Omit<InstallOptions, "signal"> {
  /** A path, a URL, or `id[@version]`. */
  readonly spec: string;
  /** The version, when it is not part of the word. */
  readonly version?: string | undefined;
  /** The word is from somewhere else than a terminal in the working folder: a path is a whole one. */
  readonly wholePathsOnly?: boolean | undefined;
  /** Says what the user should know although it went on: one line. */
  note?(text: string): void;
}

/** A plugin to be packed. */
interface PackWhat {
  readonly identity: PackageIdentity;
  /** Without it, the only library in the working folder. */
  readonly library?: string | undefined;
}

export interface InstallHost {
  /** Installs a package, or records the consent to what is installed. Throws what `installPackage` throws. */
  install(request: InstallRequest): Promise<Installed>;
  /**
   * Asks for the consent to what is installed and waits for it, and makes it the version in use. Throws `plugin_unknown`,
   * what is wrong with the installation, and `consent_required` when somebody said no.
   *
   * @param libraryAsksFor beyond what was consented to, when it was loaded.
   */
  consent(
    pluginId: string,
    ask: NonNullable<InstallRequest["ask"]>,
    libraryAsksFor?: readonly string[],
  ): Promise<Installed>;
  /**
   * Removes a plugin, and unless its data is to be kept, what the host keeps for it: that goes first. Gives the name of the
   * folder that was removed.
   */
  uninstall(spec: string, options: { readonly keepData?: boolean }): Promise<string>;
  rollback(pluginId: string): Promise<{ readonly from: string; readonly to: string }>;
  verify(): Promise<Verification[]>;
  /** Packs the files of the working folder into an archive there; without a request, the project that the folder is of. */
  pack(request?: PackWhat): Promise<Packed>;
}

export function createInstallHost(options: InstallHostOptions): InstallHost {
  const tools = toolsFolder(options.paths);
  const { cwd } = options;
  return {
    install: (request) => install(options, tools, request),
    consent: (pluginId, ask, libraryAsksFor) => consent(tools, pluginId, ask, libraryAsksFor),
    uninstall: (spec, { keepData = false }) => uninstall(options, tools, spec, keepData),
    rollback: (pluginId) => rollbackPlugin(tools, pluginId),
    verify: () => verifyInstalled(tools),
    async pack(request) {
      const { projectToPack } = await import("../plugins/native/project-package.ts");
      const { identity, library } = request === undefined ? projectToPack(cwd) : named(request, cwd);
      return await packPlugin({ identity, folder: cwd, library, readManifest: options.readManifest });
    },
  };
}

function named({ identity, library }: PackWhat, cwd: string) {
  if (library === undefined) return { identity, library };
  return { identity, library: { path: resolve(cwd, library), name: basename(library) } };
}

/**
 * Another author's plugin that is installed under this id later must not find what was kept for this one, so that is
 * forgotten while the plugin is still there: whatever happens in between, the user sees that it has to be removed again.
 * The price is that a plugin which cannot be removed begins anew.
 */
async function uninstall(options: InstallHostOptions, tools: string, spec: string, keepData: boolean): Promise<string> {
  const plugin = await resolvePlugin(tools, spec, options.cwd);
  if (keepData) {
    await removePlugin(tools, plugin, { keepData });
    return plugin.name;
  }
  const { secrets, databases } = await options.stores();
  await Promise.all(plugin.pluginIds.map((id) => databases.close(id)));
  const forget = async () => {
    for (const id of plugin.pluginIds) await Promise.all([secrets.deletePlugin(id), options.forget(id)]);
  };
  await forget();
  try {
    await removePlugin(tools, plugin);
  } catch (error) {
    throw withForgotten(error, plugin.name);
  }
  // It may have run in another process until now, and have kept something again.
  await forget();
  return plugin.name;
}

function withForgotten(error: unknown, name: string): unknown {
  if (!(error instanceof HostError)) return error;
  const { code, message, hint, details } = error;
  return new HostError(
    code,
    `${message}; the settings of "${name}" and the decisions about its tools are gone already`,
    {
      ...(hint === undefined ? {} : { hint }),
      ...(details === undefined ? {} : { details }),
      cause: error,
    },
  );
}

async function install(options: InstallHostOptions, tools: string, request: InstallRequest): Promise<Installed> {
  const { spec, version, wholePathsOnly = false, note, ...how } = request;
  const { paths, cwd, signal } = options;
  const deps = { paths, signal, ...(note === undefined ? {} : { note }) };
  const put = (source: PackageSource) => installPackage(tools, source, { ...how, signal });
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(spec);
  if (isUrl || (wholePathsOnly ? isAbsolute(spec) : isLocalSpec(spec, cwd))) {
    if (version !== undefined) throw usage("--version is for plugins of a registry", "a package has one version");
    // Registries are loaded only for what has to do with them.
    const registries = () => import("../plugins/native/registry-install.ts");
    if (isUrl) return await put(await (await registries()).fetchUrl(deps, spec));
    const keyOf = async (id: string) => await (await registries()).knownKey(deps, id);
    return await put(await openLocalPackage({ paths, cwd, keyOf }, spec));
  }
  const wanted = parseRegistrySpec(spec, version);
  const { fetchFromRegistry } = await import("../plugins/native/registry-install.ts");
  const fetch = () => fetchFromRegistry(deps, wanted.pluginId, wanted.version);
  const target = how.consentGiven ? await consentTarget(tools, wanted.pluginId, wanted.version) : undefined;
  if (target !== undefined) return await consentOrInstall(tools, target, wanted.version, fetch, put);
  let source: PackageSource;
  try {
    source = await fetch();
  } catch (error) {
    const { code, message } = toHostError(error);
    const there = NOT_OFFERED.has(code) ? await installedTarget(tools, wanted.pluginId, wanted.version) : undefined;
    if (there === undefined) throw error;
    if (code === "registry_unreachable") note?.(message);
    return await activateInstalled(tools, there, how.ask);
  }
  return await put(source);
}

async function consent(
  tools: string,
  pluginId: string,
  ask: NonNullable<InstallRequest["ask"]>,
  libraryAsksFor: readonly string[] | undefined,
): Promise<Installed> {
  const target = await consentTarget(tools, pluginId);
  if (target !== undefined) return await activateInstalled(tools, target, ask, libraryAsksFor);
  throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
    hint: '"osaurus tools list" lists those that are',
  });
}

/** What keeps a registry from offering a plugin, so that the word can only mean the installed one. */
const NOT_OFFERED: ReadonlySet<ErrorCode> = new Set([
  "plugin_unknown",
  "version_unknown",
  "registry_unknown",
  "registry_unreachable",
]);

/**
 * `--consent` for a plugin that is installed: a registry's newer version is installed, else its consent is recorded. Where
 * there is nothing left to consent to and no version was named, it is about going forward again, and the consent to the
 * highest version stays what it is.
 */
async function consentOrInstall(
  tools: string,
  target: ConsentTarget,
  version: string | undefined,
  fetch: () => Promise<PackageSource>,
  put: (source: PackageSource) => Promise<Installed>,
): Promise<Installed> {
  let source: PackageSource | undefined;
  try {
    source = await fetch();
  } catch (error) {
    if (!NOT_OFFERED.has(toHostError(error).code)) throw error;
  }
  if (source !== undefined) {
    const isSame = source.identity?.version === target.version;
    if (!(isSame && (await isSound(tools, target)))) return await put(source);
    await source.dispose?.();
  } else if (target.hasConsent && version === undefined) {
    const highest = await installedTarget(tools, target.pluginId);
    if (highest !== undefined && highest.version !== target.version) return await activateInstalled(tools, highest);
  }
  return await recordConsent(tools, target);
}

async function isSound(tools: string, target: ConsentTarget): Promise<boolean> {
  try {
    await checkVersion(join(tools, target.pluginId, target.version), target);
    return true;
  } catch {
    return false;
  }
}

function parseRegistrySpec(spec: string, version: string | undefined): { pluginId: string; version?: string } {
  const at = spec.lastIndexOf("@");
  if (at > 0 && version !== undefined) {
    throw usage("the version is named twice", `leave "${spec.slice(at)}" or --version out`);
  }
  const [pluginId, wanted] = at > 0 ? [spec.slice(0, at), spec.slice(at + 1)] : [spec, version];
  if (wanted === undefined) return { pluginId };
  if (parseVersion(wanted) === undefined) throw usage(`"${wanted}" is no version`, 'versions look like "1.0.0"');
  return { pluginId, version: wanted };
}

function usage(message: string, hint: string): HostError {
  return new HostError("usage_invalid", message, { hint });
}
