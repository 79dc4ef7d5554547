// The program in a terminal: how long it takes to start, and what it adds to a plugin that it runs.

import { join } from "node:path";
import type { Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { interleave, median } from "../measure.ts";
import { timeProgram as time } from "../time-program.ts";

export const cli: Section = {
  name: "cli",
  placement: "free",
  async run(bench) {
    const osp = join(BUILT.root, "bin/osp");
    const tasks = {
      version: () => time(osp, ["--version"]),
      command: () => time(osp, ["--plugin-dir", BUILT.pluginDir, "bench"]),
      byHand: () => time(BUILT.processPlugin, ["bench"]),
      node: () => time(process.execPath, ["-e", "0"]),
    };
    for (const task of [tasks.version, tasks.command]) for (let i = 0; i < 3; i++) await task();
    const results = await interleave(bench.quick ? 7 : 21, tasks);
    const [version, command] = [median(results["version"]!), median(results["command"]!)];
    const [byHand, node] = [median(results["byHand"]!), median(results["node"]!)];
    const added = (value: number) => ({ value, unit: "ms" }) as const;
    bench.report({ metric: "osp --version", value: version, unit: "ms", peer: { name: "node -e 0", value: node } });
    bench.report({ metric: "  added to bare Node", ...added(version - node) });
    bench.report({
      metric: "osp COMMAND",
      value: command,
      unit: "ms",
      peer: { name: "plugin by hand", value: byHand },
    });
    bench.report({ metric: "  added to the plugin", ...added(command - byHand) });
    bench.report({ metric: "  of it beyond bare Node", ...added(command - byHand - node) });
  },
};
