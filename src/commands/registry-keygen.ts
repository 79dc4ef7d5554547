// `osaurus registry keygen`: makes a key that packages are signed with.

import { resolve } from "node:path";
import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const registryKeygen: Command = {
  usage: "FILE [--no-password]",
  about:
    "Makes a key to sign packages with, as minisign does: the secret half in FILE, the public one in FILE.pub. Asks for a " +
    "password, which protects the key when the file is stolen.",
  positionals: { min: 1, max: 1 },
  options: {
    "no-password": { type: "boolean", about: "without a password: whoever can read FILE can sign" },
  },
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const { askNewPassword, makeSigningKey } = await import("../workshop/signing-key.ts");
    const wantsNone = input.options["no-password"] === true;
    const password = wantsNone ? undefined : await askNewPassword(io.promptHidden?.bind(io));
    const made = await makeSigningKey(resolve(io.cwd, input.positionals[0]!), password);
    if (settings.json) {
      const { path, publicPath, keyId, publicKey } = made;
      const row = rowOf({ path, public_path: publicPath, key_id: keyId, public_key: publicKey });
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    io.stdout.write(`${made.publicKey}\n`);
    notify(io, settings, "success", harmlessLines(`the secret key is ${made.path}, the public one ${made.publicPath}`));
    notify(
      io,
      settings,
      "info",
      "keep a copy of the secret key in a safe place: without it nobody can hand over to another",
    );
    return EXIT.done;
  },
};
