// The installed native plugins that this host has opened: one NativePlugin for each id, brought up, reloaded and given up
// as what is installed changes.

import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { mapLimit } from "../base/map-limit.ts";
import { admitInstalled, prepareInstalled } from "../plugins/native/check-installation.ts";
import { findInstalled, type InstalledPlugin, listInstalled } from "../plugins/native/installed.ts";
import type { LoadedNativePlugin, LoadFailure } from "../plugins/native/launch-runner.ts";
import type { NativePlugin } from "../plugins/native/native-plugin.ts";
import { isHeld, quarantine, readQuarantine, release, settleQuarantine } from "../plugins/native/quarantine.ts";
import { isUnsigned, readReceipt } from "../plugins/native/receipt.ts";
import { repairCurrent } from "../plugins/native/repair-current.ts";
import { CONSENT_FILE, RECEIPT_FILE } from "../plugins/native/tools-folder.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { LOAD_CRASHES_MAX, LOAD_PARALLEL_MAX } from "../protocol/limits.ts";

/** How an installed plugin fares, in the words that people and programs see. */
export type InstalledState = "loaded" | "failed" | "quarantined" | "consent_required";

export interface NativePluginStatus {
  readonly pluginId: string;
  /** The version that serves; where none does, the one that is to. */
  readonly version: string;
  readonly state: InstalledState;
  readonly loaded: LoadedNativePlugin | undefined;
  readonly pid: number | undefined;
  /** Why it does not serve, or why what is installed by now does not and an older instance goes on. */
  readonly error: HostError | undefined;
  /** No signature vouches for it. */
  readonly unsigned: boolean;
  /** An author's own build, which `tools dev` put there. */
  readonly dev: boolean;
}

export interface InstalledPluginsOptions {
  readonly tools: string;
  readonly scratch: string;
  /** Makes a plugin of an installation; `given` says what the installation decides. */
  create(installed: InstalledPlugin, given: InstallationHooks): NativePlugin;
  /** A plugin is not installed any more; `gone` resolves when no process of it is left. */
  dropped(plugin: NativePlugin, gone: Promise<void>): void;
}

interface InstallationHooks {
  readonly prepare: () => ReturnType<typeof prepareInstalled>;
  readonly admit: (loaded: LoadedNativePlugin) => Promise<void>;
  onLoaded(): void;
  onLoadFailed(failure: LoadFailure): "try again" | "give up";
}

interface Opened {
  readonly plugin: NativePlugin;
  /** What it is loaded from, the next time. */
  installed: InstalledPlugin;
  stamp: string;
  /** Why that did not come up, so that an older instance goes on; until the next load. */
  failed?: HostError | undefined;
  /** How the last try to load it ended, and what lay there then; nothing once it is loaded. */
  refused?: { readonly error: HostError; readonly files: string; readonly isLeftAlone: boolean } | undefined;
  /** Settles when it is up, or not. */
  reloading?: Promise<unknown> | undefined;
}

export class InstalledPlugins {
  readonly #options: InstalledPluginsOptions;
  /** Everything was asked for once: what is installed from then on is loaded as well. */
  #loadsAll = false;
  readonly #opened = new Map<string, Opened>();
  /** Entries of the quarantine that are being written. */
  readonly #writes = new Set<Promise<void>>();
  #settled: Promise<void> | undefined;

  constructor(options: InstalledPluginsOptions) {
    this.#options = options;
  }

  /** The plugin, loaded. Fails when it is not installed, or not loaded. */
  async load(pluginId: string, loadMs?: number): Promise<NativePlugin> {
    await this.#settle();
    return await this.#load(await this.#find(pluginId), loadMs);
  }

  /** The plugin as it was opened here, in whatever state; nothing when it was not. */
  opened(pluginId: string): NativePlugin | undefined {
    return this.#opened.get(pluginId)?.plugin;
  }

  /** Another text after one of those that were opened here fares otherwise. Costs microseconds. */
  get stateMark(): string {
    return JSON.stringify(
      [...this.#opened].map(([id, { plugin, failed }]) => [id, plugin.state, plugin.pid, failed?.code]),
    );
  }

  /** Everything that is installed. What was not loaded yet is, side by side; failures are in the rows. */
  async list(): Promise<NativePluginStatus[]> {
    return await this.#scan(() => true);
  }

  /**
   * The same, for those who only look: what did not come up is not tried again until its files are others, or somebody
   * asks for that; the row has the reason that there was.
   */
  async look(): Promise<NativePluginStatus[]> {
    return await this.#scan((one) => !this.#isKnownToFail(one));
  }

  async #scan(mayLoad: (one: InstalledPlugin) => boolean): Promise<NativePluginStatus[]> {
    this.#loadsAll = true;
    this.#settled = undefined; // A scan looks afresh at what crashed.
    await this.#settle();
    const installed = await listInstalled(this.#options.tools);
    return await mapLimit(installed, LOAD_PARALLEL_MAX, (one) =>
      this.#status(one, mayLoad(one) ? () => this.#load(one) : undefined),
    );
  }

  #isKnownToFail(installed: InstalledPlugin): boolean {
    const { plugin, refused } = this.#opened.get(installed.pluginId) ?? {};
    if (plugin?.state !== "failed" || refused === undefined) return false;
    return refused.files === filesMark(installed) && refused.isLeftAlone === this.#isLeftAlone(installed);
  }

  #isLeftAlone({ pluginId, version }: InstalledPlugin): boolean {
    return readQuarantine(this.#options.tools).some((one) => one.id === pluginId && isHeld(one, version));
  }

  async #load(installed: InstalledPlugin, loadMs?: number): Promise<NativePlugin> {
    const opened = this.#opened.get(installed.pluginId);
    // What did not come up was another version than the one that lies there now.
    if (opened?.plugin.state === "failed" && !isSameLibrary(opened.installed, installed)) {
      return await this.#reloadOne(installed);
    }
    const plugin = this.#open(installed);
    const files = filesMark(installed);
    try {
      await plugin.load(loadMs);
    } catch (error) {
      await this.#noteRefusal(installed, files, toHostError(error));
      throw error;
    }
    return plugin;
  }

  /** @param files as they were before the try: what was changed meanwhile was not tried. */
  async #noteRefusal(installed: InstalledPlugin, files: string, error: HostError): Promise<void> {
    await this.settled(); // What it is quarantined for belongs to this try.
    const opened = this.#opened.get(installed.pluginId);
    if (opened?.plugin.state !== "failed") return;
    opened.refused = { error, files, isLeftAlone: this.#isLeftAlone(installed) };
  }

  /**
   * Loads what is installed afresh: all plugins, or one. Running calls finish on the old instances. What is not installed
   * any more is given up. A plugin that does not come up again keeps its old instance; the row has the reason.
   */
  async reload(pluginId?: string): Promise<NativePluginStatus[]> {
    this.#settled = undefined;
    await this.#settle();
    const installed = await listInstalled(this.#options.tools);
    if (pluginId === undefined) this.#dropVanished(installed);
    else await this.#find(pluginId);
    const wanted = installed.filter((one) => pluginId === undefined || one.pluginId === pluginId);
    return await mapLimit(wanted, LOAD_PARALLEL_MAX, (one) => this.#status(one, () => this.#reloadOne(one)));
  }

  /**
   * Reloads those whose installed version or files are others than those that serve; gives up those that are gone. Resolves
   * when what others began of that is done, too. In the rows are those that were reloaded, and those that did not come up.
   */
  async catchUp(): Promise<NativePluginStatus[]> {
    if (this.#opened.size === 0 && !this.#loadsAll) return [];
    const installed = await listInstalled(this.#options.tools);
    this.#dropVanished(installed);
    const rows = await mapLimit(installed, LOAD_PARALLEL_MAX, async (one) => {
      const opened = this.#opened.get(one.pluginId);
      if (opened === undefined) return this.#loadsAll ? await this.#status(one, () => this.#load(one)) : undefined;
      const isOther = opened.stamp !== stampOf(one);
      if (!isOther) await opened.reloading?.catch(() => undefined);
      if (isOther || opened.failed) return await this.#status(one, isOther ? () => this.#reloadOne(one) : undefined);
      return undefined;
    });
    return rows.filter((row) => row !== undefined);
  }

  /** Releases a plugin from quarantine and loads it once. Fails with what goes wrong. */
  async retry(pluginId: string): Promise<NativePlugin> {
    const installed = await this.#find(pluginId);
    await release(this.#options.tools, pluginId);
    return await this.#reloadOne(installed);
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#writes);
  }

  async #find(pluginId: string): Promise<InstalledPlugin> {
    const found = await findInstalled(this.#options.tools, pluginId);
    if (found) return found;
    const others = (await listInstalled(this.#options.tools)).map((plugin) => plugin.pluginId);
    throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
      hint: others.length > 0 ? `installed: ${others.join(", ")}` : '"osaurus tools install" installs one',
    });
  }

  /** Once for each scan: what killed processes left behind is mended, plugins whose load ended a host are quarantined. */
  #settle(): Promise<void> {
    if (this.#settled) return this.#settled;
    const settling = this.#settleNow();
    this.#settled = settling;
    settling.catch(() => {
      if (this.#settled === settling) this.#settled = undefined; // The next one tries again.
    });
    return settling;
  }

  async #settleNow(): Promise<void> {
    const { tools } = this.#options;
    await repairCurrent(tools);
    const versions = new Map((await listInstalled(tools)).map(({ pluginId, version }) => [pluginId, version]));
    // A folder that cannot be written (an installation for all users), or that others are busy in, keeps nobody from
    // working: the next scan will see to it.
    await settleQuarantine(tools, (id) => versions.get(id)).catch(() => undefined);
  }

  /** Nothing is awaited here: two callers must never get two plugins of one installation. */
  #open(installed: InstalledPlugin): NativePlugin {
    const known = this.#opened.get(installed.pluginId);
    if (known) return known.plugin;
    const { plugin } = this.#create(installed);
    return plugin;
  }

  #create(installed: InstalledPlugin): Opened {
    // What the plugin is loaded from is looked up when it is loaded: a reload may have put another version in its place.
    let crashes = 0;
    const now = () => this.#opened.get(installed.pluginId)?.installed ?? installed;
    const plugin = this.#options.create(installed, {
      prepare: () => prepareInstalled(now(), this.#options),
      admit: (loaded) => admitInstalled(now(), loaded),
      onLoaded: () => {
        crashes = 0;
        // Consent may just have been filled in.
        const opened = this.#opened.get(installed.pluginId);
        if (!opened) return;
        opened.stamp = stampOf(opened.installed);
        opened.failed = undefined;
        opened.refused = undefined;
      },
      onLoadFailed: (failure) => {
        const { reason, restartInMs } = failure;
        if (!isOwnCrash(failure)) return "give up";
        crashes++;
        if (restartInMs !== undefined && crashes < LOAD_CRASHES_MAX) return "try again";
        this.#quarantine(now(), reason.message);
        return "give up";
      },
    });
    const opened: Opened = { plugin, installed, stamp: stampOf(installed) };
    this.#opened.set(installed.pluginId, opened);
    return opened;
  }

  #quarantine({ pluginId, version }: InstalledPlugin, reason: string): void {
    const write = quarantine(this.#options.tools, pluginId, version, reason).catch(() => undefined);
    this.#writes.add(write);
    void write.then(() => this.#writes.delete(write));
  }

  async #reloadOne(installed: InstalledPlugin): Promise<NativePlugin> {
    const opened = this.#opened.get(installed.pluginId);
    if (!opened) return await this.#load(installed);
    opened.installed = installed;
    opened.stamp = stampOf(installed);
    const files = filesMark(installed);
    const reloading = opened.plugin.reload(typeof installed.library === "string" ? { library: installed.library } : {});
    opened.reloading = reloading;
    try {
      await reloading;
      return opened.plugin;
    } catch (error) {
      if (opened.reloading === reloading) opened.failed = toHostError(error);
      await this.#noteRefusal(installed, files, toHostError(error));
      throw error;
    } finally {
      if (opened.reloading === reloading) opened.reloading = undefined;
    }
  }

  #dropVanished(installed: readonly InstalledPlugin[]): void {
    const ids = new Set(installed.map(({ pluginId }) => pluginId));
    for (const [id, { plugin }] of this.#opened) {
      if (ids.has(id)) continue;
      this.#opened.delete(id);
      this.#options.dropped(plugin, plugin.retire());
    }
  }

  async #status(installed: InstalledPlugin, bringUp?: () => Promise<NativePlugin>): Promise<NativePluginStatus> {
    const { pluginId } = installed;
    let error: HostError | undefined;
    try {
      await bringUp?.();
    } catch (thrown) {
      error = toHostError(thrown);
    }
    await this.settled();
    const opened = this.#opened.get(pluginId);
    const plugin = opened?.plugin;
    const serves = plugin?.state === "loaded";
    error ??= opened?.failed ?? (serves ? undefined : opened?.refused?.error);
    // Another version may be installed than the one that serves, when that one does not come up.
    const folder = (serves ? plugin.loaded?.folder : undefined) ?? installed.folder;
    const version = folder === installed.folder ? installed.version : basename(folder);
    const receipt = await readReceipt(folder).catch(() => undefined);
    return {
      pluginId,
      version,
      state: serves ? "loaded" : this.#stateOf(pluginId, error),
      loaded: plugin?.loaded,
      pid: plugin?.pid,
      error,
      unsigned: receipt === undefined || isUnsigned(receipt),
      dev: receipt?.dev !== undefined,
    };
  }

  #stateOf(pluginId: string, error: HostError | undefined): InstalledState {
    if (error?.code === "consent_required") return "consent_required";
    if (error?.code === "plugin_quarantined") return "quarantined";
    const isLeftAlone =
      error?.code === "load_crashed" && readQuarantine(this.#options.tools).some(({ id }) => id === pluginId);
    return isLeftAlone ? "quarantined" : "failed";
  }
}

/** Whether the plugin itself ended its process; one that was asked to end from outside (with its whole unit) did not crash. */
function isOwnCrash({ reason, end }: LoadFailure): boolean {
  if (end === undefined) return reason.code === "load_crashed";
  return end.fault !== undefined || !["SIGTERM", "SIGINT", "SIGHUP"].includes(end.process.signal ?? "");
}

/** Another text where another try to load it may end otherwise. */
function filesMark(installed: InstalledPlugin): string {
  const { library } = installed;
  const stat = typeof library === "string" ? statSync(library, { throwIfNoEntry: false }) : undefined;
  return [stampOf(installed), stat?.ino, stat?.mtimeMs, stat?.size].join("\n");
}

function isSameLibrary(one: InstalledPlugin, other: InstalledPlugin): boolean {
  return one.version === other.version && one.folder === other.folder && one.library === other.library;
}

/** Changes when another version is put in its place, the same one is installed again, or somebody consents. */
function stampOf({ version, folder }: InstalledPlugin): string {
  const marks = [RECEIPT_FILE, CONSENT_FILE].map((name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return stat === undefined ? "-" : `${stat.ino}:${stat.mtimeMs}`;
  });
  return [version, folder, ...marks].join("\n");
}
