// Reads the pipeline of a line before its command runs; help on verbs is given instead of running anything.

import { EXIT } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import { checkPipeline, compilePipeline } from "../terminal/pipeline/pipeline.ts";
import type { Flags } from "./flags.ts";
import type { Report } from "./main.ts";

interface StagesInput {
  readonly io: CommandIo;
  /** The stages are put there, ready to run. */
  readonly flags: Flags;
}

/** Gives an exit code when the pipeline asked for help, which then was printed. Throws `pipeline_invalid`. */
export async function readStages({ io, flags }: StagesInput, { json }: Report): Promise<number | undefined> {
  const pipeline = compilePipeline(flags.pipeline!);
  const { asksHelp } = pipeline;
  if (asksHelp === undefined) {
    await checkPipeline(pipeline, { signal: io.signal });
    // `osp plugins list |` is just the command.
    flags.stages = pipeline.stages.length === 0 ? undefined : pipeline;
    return undefined;
  }
  const [{ helpText }, { printGuide }, { ownGuideOptions }] = await Promise.all([
    import("../terminal/pipeline/help-text.ts"),
    import("../terminal/guide.ts"),
    import("./guide-options.ts"),
  ]);
  // Flags among the command's words were not read: it is not run.
  const format = flags.format ?? (json ? "json" : undefined);
  await printGuide(io, helpText(asksHelp.verb), await ownGuideOptions({ io, flags: { ...flags, format } }));
  return EXIT.done;
}
