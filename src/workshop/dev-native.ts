// Builds of native plugins as `tools dev` has them serve: tried aside first, so that one that crashes harms nobody, then
// installed under the plugin's own id, and then taken over by the host that serves, if there is one.

import type { Paths } from "../base/paths.ts";
import type { Host } from "../host/create-host.ts";
import { endDev, installDev } from "../plugins/native/install-dev.ts";
import { builtLibrary } from "../plugins/native/project-package.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import type { Project } from "../projects/project.ts";
import { ERRORS, type ErrorCode, HostError } from "../protocol/errors.ts";
import { requirementsOf } from "../protocol/manifest.ts";
import type { DevTarget, ServedBuild } from "./dev-round.ts";

export interface NativeDevDeps {
  readonly paths: Pick<Paths, "data">;
  /** Opens a host for the time of `use`. */
  withHost<T>(use: (host: Host) => Promise<T>): Promise<T>;
  /** Has the host that serves take over what is installed; gives what it says of the plugin, nothing without such a host. */
  hostCatchesUp(pluginId: string): Promise<ServingRow | undefined>;
}

/** What the serving host says of a plugin. */
interface ServingRow {
  readonly state: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

export function nativeTarget(deps: NativeDevDeps): DevTarget {
  return {
    serve: (project, signal) => serve(deps, project, signal),
    async end({ pluginId }) {
      const ended = await endDev(toolsFolder(deps.paths), pluginId);
      if (ended !== undefined) await deps.hostCatchesUp(pluginId);
      return ended;
    },
  };
}

async function serve(deps: NativeDevDeps, project: Project, signal: AbortSignal): Promise<ServedBuild> {
  const { pluginId, folder } = project;
  const library = builtLibrary(project);
  const { manifest, manifestText } = await deps.withHost(async (host) =>
    (await host.native()).tryLibrary(library.path),
  );
  if (manifest.plugin_id !== pluginId) throw otherId(manifest.plugin_id, pluginId);
  const { version, before } = await installDev(toolsFolder(deps.paths), {
    source: {
      kind: "folder",
      path: folder,
      label: folder,
      library,
      fromRegistry: false,
    },
    manifestText,
    requirements: requirementsOf(manifest),
    signal,
    async accept() {
      const row = await deps.hostCatchesUp(pluginId);
      // Nobody knows then whether it came up.
      if (signal.aborted) throw new HostError("interrupted", "interrupted");
      if (row?.error !== undefined) throw notTakenOver(row, pluginId);
    },
  }).catch(async (error: unknown) => {
    // What is in use again is taken over there, too.
    await deps.hostCatchesUp(pluginId);
    throw error;
  });
  const notes: string[] = [];
  if (manifest.version !== undefined && manifest.version !== project.version) {
    notes.push(`the manifest says that it is version ${manifest.version}, the project's file says ${project.version}`);
  }
  if (before !== undefined) notes.push(`it stands in for ${before}, which is installed`);
  return { version, tools: (manifest.capabilities.tools ?? []).map(({ id }) => id), notes };
}

function otherId(found: string, expected: string): HostError {
  return new HostError("plugin_id_mismatch", `the library says that it is "${found}", the project is "${expected}"`, {
    hint: "let plugin_id in the manifest and in osaurus-plugin.json be the same",
    details: { found, expected },
  });
}

/** It came up when it was tried, and not where it has its settings and its database. */
function notTakenOver({ state, error }: ServingRow, pluginId: string): HostError {
  const { code, message, hint } = error!;
  const goesOn = state === "loaded" ? "; the build before goes on there" : "";
  const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "load_crashed";
  return new HostError(known, `"${pluginId}" does not come up in the host that serves${goesOn}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { plugin: pluginId },
  });
}
