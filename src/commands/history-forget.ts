// `osp history prune` and `osp history clear`.

import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { Command, CommandInput } from "./command.ts";
import { forgetLines, keptLines } from "./history-lines.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const historyPrune: Command = {
  usage: "KEEP",
  about: "Forgets all kept lines but the newest KEEP.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const text = input.positionals[0]!;
    if (!/^\d{1,9}$/.test(text)) throw new HostError("usage_invalid", `KEEP is a whole number, not "${text}"`);
    return await forgetAllBut(input, Number(text));
  },
};

export const historyClear: Command = {
  usage: "",
  about: "Forgets all kept lines of the active profile.",
  positionals: { min: 0, max: 0 },
  run: async (input) => await forgetAllBut(input, 0),
};

async function forgetAllBut(input: CommandInput, keptMax: number): Promise<number> {
  const settings = await input.settings();
  const kept = await keptLines(input);
  const removed = await forgetLines(kept, kept.lines.slice(0, Math.max(0, kept.lines.length - keptMax)));
  const row = rowOf({
    removed: new JsonNumber(String(removed)),
    kept: new JsonNumber(String(kept.lines.length - removed)),
  });
  if (settings.json) await showRows(input, settings, [row], { single: true });
  else notify(input.io, settings, "success", removed === 1 ? "1 line forgotten" : `${removed} lines forgotten`);
  return EXIT.done;
}
