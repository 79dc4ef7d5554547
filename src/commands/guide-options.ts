// How help is printed, a plugin's or our own: by the flags, else by what the configuration says of help.

import { configText } from "../config/config.ts";
import type { Format } from "../protocol/formats.ts";
import type { printGuide } from "../terminal/guide.ts";
import { type GuideStyle, HELP_LEVELS, type HelpLevel } from "../terminal/guide-style.ts";
import type { CommandIo } from "../terminal/io.ts";
import { lookOf } from "../terminal/look.ts";
import type { Flags } from "./flags.ts";
import { readConfig, type Settings, settingsFor, wishOfFlags } from "./settings.ts";

type GuideOptions = Parameters<typeof printGuide>[2];

interface Asked {
  readonly io: CommandIo;
  readonly flags: Readonly<Flags>;
}

/** Larger numbers are mistakes. */
const COLUMNS_MAX = 40;
const SPACING_MAX = 10;

export function guideOptions({ io, flags }: Asked, settings: Settings): GuideOptions {
  return {
    format: formatOf(flags, settings),
    look: lookOf(io.stdout, io.env, settings.wish),
    pager: settings.pager,
    style: styleOf({ io, flags }, settings),
  };
}

/** The same for help that nothing may keep anybody from: with a configuration that cannot be read, by the flags alone. */
export async function ownGuideOptions({ io, flags }: Asked): Promise<GuideOptions> {
  try {
    const config = await readConfig({ io, flags, quiet: true });
    return guideOptions({ io, flags }, await settingsFor(io, config, flags, { lenient: true }));
  } catch {
    return { format: flags.format ?? "auto", look: lookOf(io.stdout, io.env, wishOfFlags(flags)) };
  }
}

/** A guide, unless a flag says otherwise, or the configuration lets `ui.format` hold for help, too. */
function formatOf(flags: Readonly<Flags>, { config, format }: Settings): Format {
  if (flags.format !== undefined && flags.format !== "auto") return flags.format;
  const wanted = configText(config, "ui.guide.default_format");
  return wanted === "inherit" ? format : wanted === "none" ? "value" : "auto";
}

function styleOf({ io, flags }: Asked, { config }: Settings): GuideStyle {
  const text = (key: string) => configText(config, key);
  const count = (key: string, most: number) => {
    const value = text(key) ?? "";
    return /^\d+$/.test(value) ? Math.min(Number(value), most) : undefined;
  };
  const level = text("ui.help.level") ?? "inherit";
  const chrome = text("ui.help.table_chrome");
  return {
    level: level === "inherit" ? levelOf(flags, io) : (level as HelpLevel),
    frame: (text("ui.chrome.frame") ?? "top") as GuideStyle["frame"],
    sharesRules: !["per-section", "independent", "separate"].includes(text("ui.chrome.rule_policy") ?? ""),
    tableBorder: ((chrome === "inherit" ? text("ui.table.border") : chrome) ?? "none") as GuideStyle["tableBorder"],
    entryIndent: count("ui.help.entry_indent", COLUMNS_MAX),
    entryGap: count("ui.help.entry_gap", COLUMNS_MAX),
    sectionSpacing: count("ui.help.section_spacing", SPACING_MAX),
  };
}

/** Each `-v` tells more, each `-q` less; programs, and who searches the text, begin with everything. */
function levelOf({ verbosity }: Readonly<Flags>, { stdout }: Pick<CommandIo, "stdout">): HelpLevel {
  const level = HELP_LEVELS.indexOf(stdout.isTerminal ? "normal" : "verbose") + verbosity;
  return HELP_LEVELS[Math.min(Math.max(level, 0), HELP_LEVELS.length - 1)]!;
}
