// osaurus ui: the dashboard in the browser, signed in.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { openBrowser } from "./open-browser.ts";
import { neededApi } from "./serving-host.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const ui: Command = {
  usage: "[--print]",
  about:
    "Opens the dashboard in the browser, signed in. The link is good once, for five minutes: whoever has it may do all that " +
    "the owner of this host may.",
  positionals: { min: 0, max: 0 },
  options: {
    print: { type: "boolean", about: "print the link, and open nothing" },
  },
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const { url } = await (await neededApi(input)).openDashboard();
    const isPrinted = input.options["print"] === true;
    if (!isPrinted) await openBrowser(url, io.env);
    // The link of a browser that was opened is used by then, and need not stand in anybody's history.
    if (settings.json) await showRows(input, settings, [rowOf({ url: isPrinted ? url : undefined })], { single: true });
    else if (isPrinted) io.stdout.write(`${url}\n`);
    else notify(io, settings, "success", "the dashboard was opened");
    return EXIT.done;
  },
};
