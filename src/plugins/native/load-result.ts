// What a runner says when it has loaded its library, or could not: one code, one message, one next step each.

import { FrameError, getU32 } from "../../base/frame-layout.ts";
import type { FrameView } from "../../base/frame-reader.ts";
import { HostError } from "../../protocol/errors.ts";
import { FEATURE, LOAD_RESULT } from "./frames.ts";

/** A library that is loaded and initialised. */
export interface LoadedPlugin {
  /** The version of the plugin interface that the plugin uses, 1 to 6 (or what it claims beyond). */
  readonly abi: number;
  /** The optional functions that the plugin has. */
  readonly features: { readonly route: boolean; readonly config: boolean; readonly event: boolean };
  /** The manifest as the plugin gave it, not yet checked. */
  readonly manifestText: string;
}

/**
 * Reads a READY frame: the loaded plugin, or why there is none.
 *
 * @param library what people call the library; the system calls it by the path that was `opened`.
 */
export function readReady(
  frame: FrameView,
  label: string,
  library: string,
  opened = library,
): LoadedPlugin | HostError {
  const details = { library };
  if (frame.op === LOAD_RESULT.ok) {
    const abi = frame.bytes();
    const features = frame.bytes();
    const manifestText = frame.text();
    if (abi?.length !== 4 || features?.length !== 4 || manifestText === null) throw new FrameError("a READY cut short");
    const bits = getU32(features, 0);
    return {
      abi: getU32(abi, 0),
      features: {
        route: (bits & FEATURE.route) !== 0,
        config: (bits & FEATURE.config) !== 0,
        event: (bits & FEATURE.event) !== 0,
      },
      manifestText,
    };
  }
  const text = frame.text() ?? "";
  switch (frame.op) {
    case LOAD_RESULT.libraryFailed:
      return new HostError("library_load_failed", `dlopen failed for "${label}": ${text.replaceAll(opened, library)}`, {
        hint: "check that the file is a shared library for this system and machine, and that what it links to is installed",
        details,
      });
    case LOAD_RESULT.entryMissing:
      return new HostError("entry_missing", `"${label}" has no plugin entry`, {
        hint: "export osaurus_plugin_entry_v2 with default visibility; the library is fine otherwise",
        details,
      });
    case LOAD_RESULT.entryNull:
      return new HostError("entry_null", `the entry ${text} of "${label}" returned NULL: v2 entry returned null API`, {
        hint: "let the entry return the address of a static osr_plugin_api",
        details,
      });
    case LOAD_RESULT.tableIncomplete:
      return new HostError("table_incomplete", `the function table of "${label}" lacks ${text}`, {
        hint: "free_string, init, destroy, get_manifest and invoke are required",
        details,
      });
    case LOAD_RESULT.initNull:
      return new HostError("init_failed", `Plugin initialization failed: init of "${label}" returned NULL`, {
        hint: "see what the plugin printed; init must return a context, whatever it points to",
        details,
      });
    case LOAD_RESULT.manifestNull:
      return new HostError(
        "manifest_missing",
        `Failed to parse plugin manifest: get_manifest of "${label}" gave none`,
        {
          hint: "get_manifest must return the manifest as JSON text",
          details,
        },
      );
    case LOAD_RESULT.manifestTooLarge:
      return new HostError("manifest_invalid", `Failed to parse plugin manifest: that of "${label}" is over 64 MiB`, {
        hint: "a manifest describes the plugin; keep data out of it",
        details,
      });
    default:
      throw new FrameError(`load result ${frame.op}`);
  }
}
