// `plugins create`: to be written.

import { HostError } from "../protocol/errors.ts";
import type { Command } from "./command.ts";

export const pluginsCreate: Command = {
  usage: "",
  about: "To be written.",
  positionals: { min: 0, max: 9 },
  async run() {
    throw new HostError("internal", "to be written");
  },
};
