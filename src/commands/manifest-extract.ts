// osaurus manifest extract: what a library's get_manifest returns, before anybody judges it.

import { JsonSyntaxError, parseOrderedJson } from "../base/ordered-json.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { jsonText } from "../terminal/json-text.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { withHost } from "./with-host.ts";

export const manifestExtract: Command = {
  usage: "LIB",
  about: "Loads a library in a process of its own and prints the manifest inside.",
  positionals: { min: 1, max: 1 },
  async run({ io, flags, positionals }) {
    const library = positionals[0]!;
    const text = await withHost(io, flags, async (host) => (await host.native()).readManifest(library));
    try {
      io.stdout.write(jsonText(parseOrderedJson(text)));
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      // Its author needs to see it; with --json, stdout is for a document only.
      if (flags.format !== "json") io.stdout.write(`${neutralise(text)}\n`);
      throw new HostError("manifest_invalid", `the manifest is not JSON: ${error.message}`, {
        hint: "let get_manifest return valid JSON",
      });
    }
  },
};
