// osaurus open: a plugin's page in the browser, as its owner.

import { EXIT } from "../protocol/errors.ts";
import { type Command, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { openBrowser } from "./open-browser.ts";
import { neededApi } from "./serving-host.ts";
import { oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const open: Command = {
  usage: "PLUGIN [--agent AGENT] [--print]",
  about:
    "Opens a plugin's page in the browser, signed in as its owner. The link is good once, for five minutes: whoever has it " +
    "may do all that the page may.",
  positionals: { min: 1, max: 1 },
  options: {
    agent: { type: "string", value: "AGENT", about: "the agent that the page works for; without it the default agent" },
    print: { type: "boolean", about: "print the link, and open nothing" },
  },
  async run(input) {
    const [pluginId] = input.positionals as [string];
    const { io } = input;
    const settings = await input.settings();
    const api = await neededApi(input);
    const page = await api.openPage(pluginId, textOption(input, "agent"));
    if (input.options["print"] !== true) await openBrowser(page.url, io.env);
    // The link of a browser that was opened is used by then, and need not stand in anybody's history.
    const url = input.options["print"] === true ? page.url : undefined;
    if (settings.json) {
      const row = rowOf({ plugin_id: page.plugin_id, agent_id: page.agent_id, url });
      await showRows(input, settings, [row], { single: true });
    } else if (url !== undefined) io.stdout.write(`${url}\n`);
    else notify(io, settings, "success", oneLine(`the page of "${pluginId}" was opened`));
    return EXIT.done;
  },
};
