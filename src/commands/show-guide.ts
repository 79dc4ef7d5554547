// Help on the screen, a plugin's or our own: as it is, or through the stages of the line's pipeline.

import { printGuide } from "../terminal/guide.ts";
import type { PrintInput } from "./print-data.ts";

export type GuideOptions = Parameters<typeof printGuide>[2];

/** Throws `pipeline_invalid` when a stage does not fit the help. */
export async function showGuide(input: PrintInput, text: string, options: GuideOptions): Promise<void> {
  if (input.flags.stages === undefined) return await printGuide(input.io, text, options);
  await (await import("./pipe-guide.ts")).pipeGuide(input, text, options);
}
