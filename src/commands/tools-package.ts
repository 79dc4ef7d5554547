// osaurus tools package: packs a library and what belongs to it into a zip archive, and signs it.

import { shellWord } from "../base/shell-word.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import type { Command, CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { signingKeyOption } from "./signing-key-option.ts";
import { withHost } from "./with-host.ts";

export const toolsPackage: Command = {
  usage: "[PLUGIN_ID VERSION [LIB]] [--sign KEYFILE]",
  about:
    "Packs the library of this folder, its web pages, skills and documents into PLUGIN_ID-VERSION.zip. In a project's " +
    "folder, its file says which plugin, version and library.",
  positionals: { min: 0, max: 3 },
  options: {
    sign: { type: "string", value: "KEYFILE", about: "sign it with this secret key of minisign: leaves ….zip.minisig" },
  },
  async run(input) {
    const { io, flags } = input;
    const request = requested(input.positionals);
    const settings = await input.settings();
    // Before anything is written: the password may be wrong.
    const key = await signingKeyOption(input, "sign");
    const packed = await withHost(io, flags, async (host) => (await host.installs()).pack(request));
    const signature = key && (await (await import("../workshop/sign-package.ts")).signPackage(packed.path, key));
    const { pluginId, version } = packed.identity;
    if (packed.unread !== undefined) warnUnread(input, settings, packed.unread);
    if (packed.leavesOldSignature && signature === undefined) {
      const text = `${packed.path}.minisig is of the archive that was there before; sign the new one, or remove it`;
      notify(io, settings, "warning", harmlessLines(text));
    }
    if (settings.json) {
      const { path, files } = packed;
      const row = rowOf({ path, plugin_id: pluginId, version, files: [...files], signature });
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    io.stdout.write(`Created ${harmlessLines(packed.path)}\n`);
    if (signature !== undefined) io.stdout.write(`Created ${harmlessLines(signature)}\n`);
    notify(io, settings, "info", `it holds ${packed.files.length} files: ${packed.files.join(", ")}`);
    notify(io, settings, "info", whatNext(input.program, packed.path, { pluginId, key: key?.publicKey }));
    return EXIT.done;
  },
};

/** What is to be packed; nothing for the project that the folder is of. */
function requested([pluginId, version, library]: readonly string[]) {
  if (pluginId === undefined) return undefined;
  if (version !== undefined) return { identity: { pluginId, version }, library };
  throw new HostError("usage_invalid", `"${pluginId}" is a plugin without its version`, {
    hint: "give PLUGIN_ID and VERSION, or neither in a project's folder",
  });
}

/** A signature vouches for it where its key is known, which is what a registry is for. */
export function whatNext(
  program: string,
  path: string,
  { pluginId, key }: { pluginId: string; key: string | undefined },
) {
  const zip = shellWord(path);
  if (key === undefined) return `to install it: ${program} tools install ${zip} --allow-unsigned`;
  const publish = `${program} registry publish ${zip} DIR --key ${key}`;
  return `to publish it: ${publish}; to install it from there: ${program} tools install ${pluginId}`;
}

function warnUnread({ io }: CommandInput, settings: Settings, { code, message }: HostError): void {
  const isForeign = code === "library_wrong_machine";
  const why = isForeign ? `the package is not for this machine: ${message}` : `its library was not loaded: ${message}`;
  const text = `${why}; it has no manifest, so whoever installs it is not told what it asks for`;
  notify(io, settings, "warning", text);
}
