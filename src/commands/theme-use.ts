// `osp theme use NAME`: chooses the colours, from now on; in the interactive shell until it ends.

import { configList } from "../config/config.ts";
import { changeConfig } from "../config/write-config.ts";
import { EXIT } from "../protocol/errors.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { requireFiles, SCOPE_OPTIONS, scopeOf, scopeText } from "./config-scope.ts";
import { notify } from "./notify.ts";
import type { Session } from "./session.ts";
import { readConfig, type Settings, settingsFor } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";
import type { FoundTheme } from "./theme-file.ts";
import { knownTheme } from "./theme-show.ts";

const KEY = "theme.name";

export const themeUse: Command = {
  usage: "NAME [--save] [--global | --profile NAME] [--terminal [KIND]]",
  about:
    "Uses a theme from now on. In the interactive shell it is used until that ends; with --save or a scope, it is kept there, too.",
  positionals: { min: 1, max: 1 },
  options: {
    ...SCOPE_OPTIONS,
    save: { type: "boolean", about: "keep it, also when it is chosen in the interactive shell" },
  },
  readsBrokenConfig: true,
  async run(input) {
    const settings = await input.settings();
    const folders = configList(settings.config, "theme.path");
    const theme = await knownTheme(input.positionals[0]!, folders);
    const { session } = input.flags;
    if (session !== undefined) useInSession(session, theme.id);
    const kept = session === undefined || isToBeKept(input) ? await keep(input, settings, theme, folders) : undefined;
    if (settings.json) {
      const row = rowOf({ id: theme.id, name: theme.name, scope: kept?.scope ?? "session", path: kept?.path ?? null });
      await showRows(input, settings, [row], { single: true });
    } else await say(input, theme, kept === undefined ? "until the shell ends" : `${kept.scope}, ${kept.path}`);
    return EXIT.done;
  },
};

function isToBeKept(input: Pick<CommandInput, "options">): boolean {
  const isScoped = ["profile", "terminal"].some((name) => textOption(input, name) !== undefined);
  return isScoped || input.options["save"] === true || input.options["global"] === true;
}

function useInSession(session: Session, id: string): void {
  const others = session.overrides.filter(({ key }) => key !== KEY);
  session.overrides = [...others, { key: KEY, value: id, origin: "theme use" }];
}

interface Kept {
  readonly scope: string;
  readonly path: string;
}

async function keep(
  input: CommandInput,
  { config }: Settings,
  { id }: FoundTheme,
  themeFolders: readonly string[],
): Promise<Kept> {
  requireFiles(input);
  const scope = scopeOf(input, config);
  const edits = [{ scope, key: KEY, value: id }];
  const { path } = await changeConfig({
    path: config.files.config,
    isSecret: false,
    edits,
    dryRun: false,
    themeFolders,
  });
  return { scope: scopeText(scope), path };
}

/** In the colours that were chosen. */
async function say({ io, flags }: CommandInput, theme: FoundTheme, where: string): Promise<void> {
  const config = await readConfig({ io, flags, quiet: true });
  const settings = await settingsFor(io, config, flags, { lenient: true });
  notify(io, settings, "success", `the theme is ${theme.name} (${where})`);
}
