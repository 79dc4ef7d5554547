// `osp intro`: what the interactive shell says at its start, as it is configured.

import { EXIT } from "../protocol/errors.ts";
import { lookOf } from "../terminal/look.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { introLevel, introText } from "./repl/intro-text.ts";
import { readConfig } from "./settings.ts";

export const intro: Command = {
  usage: "",
  about: "Shows what the interactive shell says at its start.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const config = await readConfig({ io, flags, quiet: true, terminal: "repl" });
    const { columns } = lookOf(io.stdout, io.env, settings.wish);
    const { text, refused } = introText(config, introLevel(config, settings.upTo), columns);
    io.stdout.write(text);
    for (const key of refused) notify(io, settings, "warning", `the intro does not show ${key}: its value is a secret`);
    return EXIT.done;
  },
};
