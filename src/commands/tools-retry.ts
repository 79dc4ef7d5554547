// osaurus tools retry ID: one more try for a plugin that crashed while it was loaded.

import { parseOrderedJson } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import { jsonText } from "../terminal/json-text.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { withHost } from "./with-host.ts";

export const toolsRetry: Command = {
  usage: "ID",
  about: "Releases a native plugin from quarantine and loads it once. When it crashes again, it is quarantined again.",
  positionals: { min: 1, max: 1 },
  isResident: () => true,
  async run(input) {
    const settings = await input.settings();
    const id = input.positionals[0]!;
    const { abi, manifest } = await withHost(input.io, input.flags, async (host) =>
      (await (await host.native()).retry(id)).load(),
    );
    const version = manifest.version ?? null;
    if (settings.json)
      input.io.stdout.write(
        jsonText(parseOrderedJson(JSON.stringify({ plugin_id: id, version, state: "loaded", abi }))),
      );
    else input.io.stdout.write(`Loaded ${neutralise(id)}${version === null ? "" : ` @ ${neutralise(version)}`}\n`);
    return EXIT.done;
  },
};
