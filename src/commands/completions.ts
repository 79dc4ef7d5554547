// `osp completions SHELL`: prints the script that makes a shell complete Osprey's commands.

import { nearest } from "../base/nearest.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { SHELL_SCRIPTS, SHELLS } from "./completion/shell-scripts.ts";
import { usageError } from "./usage-error.ts";

export const completions: Command = {
  usage: SHELLS.join("|"),
  about:
    "Prints a script for a shell. With it, Tab completes commands, those of plugins too, their flags, values and files.\n\n" +
    'bash, in ~/.bashrc:                     eval "$(osp completions bash)"\n' +
    'zsh, in ~/.zshrc:                       eval "$(osp completions zsh)"\n' +
    "fish, in ~/.config/fish/config.fish:    osp completions fish | source",
  positionals: { min: 1, max: 1 },
  readsBrokenConfig: true,
  async run({ io, positionals: [typed = ""] }) {
    const shell = SHELLS.find((one) => one === typed.toLowerCase());
    if (shell === undefined) {
      const close = nearest(typed, SHELLS);
      throw usageError(
        `there is no script for "${typed}"`,
        close === undefined ? `there is one for ${SHELLS.join(", ")}` : `did you mean "${close}"?`,
      );
    }
    io.stdout.write(SHELL_SCRIPTS[shell]);
    return EXIT.done;
  },
};
