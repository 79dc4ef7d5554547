// osaurus keys create: an access key for a program that asks over HTTP. The key itself is printed this once.

import { EXIT } from "../protocol/errors.ts";
import { agentOptionIfGiven } from "./agent-option.ts";
import { type Command, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { parseExpiry } from "./parse-expiry.ts";
import { oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const keysCreate: Command = {
  usage: "[--name NAME] [--agent AGENT] [--expires D]",
  about: "Makes an access key for programs that ask over HTTP, and prints it. It is not shown again.",
  positionals: { min: 0, max: 0 },
  options: {
    name: { type: "string", value: "NAME", about: "what it is called in the list" },
    agent: { type: "string", value: "AGENT", about: "it lets in to this agent only; without it to every agent" },
    expires: { type: "string", value: "D", about: "30m, 12h, 30d, 2w, 1y, never, or an ISO time; without it never" },
  },
  async run(input) {
    const { io } = input;
    const name = textOption(input, "name") ?? "";
    const expiresAt = parseExpiry(textOption(input, "expires") ?? "never", Date.now());
    const agentId = (await agentOptionIfGiven(input)) ?? null;
    const settings = await input.settings();
    const { key, entry } = await withHost(io, input.flags, async (host) =>
      (await host.accessKeys()).create({ name, agentId, expiresAt }),
    );
    if (settings.json) {
      const row = rowOf({
        id: entry.id,
        name: entry.name,
        key,
        agent_id: entry.agentId ?? undefined,
        expires_at: entry.expiresAt ?? undefined,
      });
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    io.stdout.write(`${key}\n`);
    const whom = entry.agentId === null ? "every agent" : `agent ${entry.agentId}`;
    const until = entry.expiresAt === null ? "until it is revoked" : `until ${entry.expiresAt}`;
    const text = `"${entry.name}" lets in to ${whom} ${until}; keep the key now, it is not shown again`;
    notify(io, settings, "success", oneLine(text));
    return EXIT.done;
  },
};
