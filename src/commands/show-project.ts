// What `tools create` and `plugins create` have in common: they make the project, and say what there is and what is missing.

import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import { createProject, type NewProject } from "../workshop/create-project.ts";
import { missingToolText } from "../workshop/toolchains.ts";
import { type CommandInput, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";

/** Makes the project that the line asks for. A missing compiler is worth a warning, and no failure: it can be installed after. */
export async function makeAndShowProject(
  input: CommandInput,
  settings: Settings,
  wanted: Pick<NewProject, "kind" | "commandWords">,
): Promise<number> {
  const { io } = input;
  const made = createProject({
    ...wanted,
    name: input.positionals[0]!,
    language: textOption(input, "language"),
    id: textOption(input, "id"),
    folder: io.cwd,
    env: io.env,
  });
  const { name, path, pluginId, language, files, toolchain, missing } = made;
  if (missing.length > 0) {
    const programs = missing.map(missingToolText).join(", ");
    notify(io, settings, "warning", `the project does not build on this machine yet: install ${programs}`);
  }
  if (settings.json) {
    const programs = toolchain.map((program) => {
      const lacking = missing.find((one) => one.program === program);
      return rowOf({ program, found: lacking === undefined, install: lacking?.install });
    });
    const row = rowOf({ name, path, plugin_id: pluginId, language, files: [...files], toolchain: programs });
    await showRows(input, settings, [row], { single: true });
    return EXIT.done;
  }
  io.stdout.write(`Created plugin scaffold at ${harmlessLines(`./${name}`)}\n`);
  const test = `cd ${name} && make test`;
  const dev = `${input.program} ${wanted.kind === "native" ? "tools" : "plugins"} dev ${name}`;
  notify(io, settings, "info", `to build and test it: ${test}; to see each change at work: ${dev}`);
  return EXIT.done;
}
