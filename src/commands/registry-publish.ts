// `osaurus registry publish`: puts a package into a folder that is a registry.

import { resolve } from "node:path";
import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { publicKeyOption } from "./public-key-option.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { signingKeyOption } from "./signing-key-option.ts";

export const registryPublish: Command = {
  usage: "ZIP DIR [--sign KEYFILE [--rotate OLDKEYFILE] | --key KEY]",
  about:
    "Puts a package into the registry in DIR, and makes that when it is not there. The package is signed with KEYFILE, or " +
    "has its signature in ZIP.minisig. What is published is never exchanged: the next package has a higher version.",
  positionals: { min: 2, max: 2 },
  options: {
    sign: { type: "string", value: "KEYFILE", about: "sign it with this secret key of minisign" },
    rotate: { type: "string", value: "OLDKEYFILE", about: "the secret key until now, which hands over to KEYFILE" },
    key: {
      type: "string",
      value: "KEY",
      about: "the public key of ZIP.minisig, or its .pub file, for a plugin that is new there (./minisign.pub)",
    },
  },
  async run(input) {
    const { io } = input;
    const [zip, folder] = input.positionals.map((path) => resolve(io.cwd, path)) as [string, string];
    const settings = await input.settings();
    const sign = await signingKeyOption(input, "sign");
    const rotate = await signingKeyOption(input, "rotate");
    const publicKey = sign === undefined ? publicKeyOption(input) : undefined;
    const { publishPackage } = await import("../workshop/publish-package.ts");
    const done = await publishPackage({
      zip,
      folder,
      sign,
      rotate,
      publicKey,
      isKeyNamed: input.options["key"] !== undefined,
      signal: io.signal,
    });
    const { pluginId, version, systems, keyId, entry, artifact, added, rotated, notSignedAnew } = done;
    if (notSignedAnew.length > 0) {
      const text = `not signed with the new key, and so not to be installed any more: ${notSignedAnew.join(", ")}`;
      notify(io, settings, "warning", text);
    }
    if (settings.json) {
      const facts = {
        plugin_id: pluginId,
        version,
        systems: [...systems],
        key_id: keyId,
        entry,
        artifact,
        added,
        rotated,
      };
      await showRows(input, settings, [rowOf(facts)], { single: true });
      return EXIT.done;
    }
    const what = `${pluginId} ${version} for ${systems.join(", ")}`;
    io.stdout.write(`${harmlessLines(added ? `Published ${what}` : `${what} was there already`)}\n`);
    if (rotated) notify(io, settings, "success", `the key ${keyId} takes over from the one before`);
    return EXIT.done;
  },
};
