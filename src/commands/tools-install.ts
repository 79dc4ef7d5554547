// osaurus tools install: a native plugin from an archive, a folder, a URL or a registry.

import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import { askInstall } from "./ask-install.ts";
import { hostCatchesUp } from "./catch-up.ts";
import { type Command, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsInstall: Command = {
  usage: "ZIP | FOLDER | URL | PLUGIN_ID[@VERSION] [--consent] [--allow-unsigned]",
  about: "Installs a native plugin, or consents to what an installed one asks for.",
  options: {
    consent: { type: "boolean", about: "grant what the plugin asks for, without being asked" },
    "allow-unsigned": { type: "boolean", about: "install it although no signature vouches for it" },
    version: { type: "string", value: "VERSION", about: "this version, from a registry" },
  },
  positionals: { min: 1, max: 1 },
  async run(input) {
    const { io, flags, options } = input;
    const settings = await input.settings();
    const installed = await withHost(io, flags, async (host) =>
      (await host.installs()).install({
        spec: input.positionals[0]!,
        version: textOption(input, "version"),
        allowUnsigned: options["allow-unsigned"] === true,
        consentGiven: options["consent"] === true,
        ask: askInstall(io),
        note: (text) => notify(io, settings, "warning", text),
      }),
    );
    const { pluginId, version, folder, unsigned, previous, consent, isConsentOnly } = installed;
    await hostCatchesUp(input, settings, new Map([[pluginId, version]]));
    if (settings.json) {
      const row = rowOf({
        plugin_id: pluginId,
        version,
        path: folder,
        previous: previous ?? null,
        unsigned,
        consent: consent.how,
        requirements: consent.requirements,
        ...(isConsentOnly ? { consent_recorded: true } : {}),
      });
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    const what = `${pluginId} @ ${version}`;
    const line = isConsentOnly ? `Recorded consent to ${what}` : `Installed ${what} to ${folder}`;
    io.stdout.write(`${harmlessLines(line)}\n`);
    if (unsigned) notify(io, settings, "warning", "it is unsigned: nobody vouches for where it comes from");
    return EXIT.done;
  },
};
