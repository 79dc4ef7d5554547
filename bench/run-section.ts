// One section in a process of its own: the lines go to the parent as messages. Usage: run-section.ts INDEX [--quick]

import { SECTIONS } from "./sections.ts";

const section = SECTIONS[Number(process.argv[2])];
if (!section || !process.send) throw new Error("this is started by bench/run.ts");

await section.run({
  quick: process.argv.includes("--quick"),
  placement: section.placement,
  report: (row) => void process.send!(row),
});
process.disconnect();
