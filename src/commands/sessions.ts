// osaurus sessions list, show, delete: the conversations that are kept.

import { JsonNumber, type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { Session } from "../protocol/agent.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import { SESSIONS_LISTED_DEFAULT, SESSIONS_LISTED_MAX } from "../protocol/limits.ts";
import { unknownSession } from "../protocol/unknown-session.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Row } from "../terminal/rows.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { parseAge } from "./parse-expiry.ts";
import { oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { transcriptText } from "./transcript-text.ts";
import { withHost } from "./with-host.ts";

export const sessionsList: Command = {
  usage: "[--agent AGENT] [--limit N]",
  about: "Lists the conversations that are kept, newest first.",
  positionals: { min: 0, max: 0 },
  options: {
    agent: { type: "string", value: "AGENT", about: "only those of this agent" },
    limit: { type: "string", short: "n", value: "N", about: `the newest N (${SESSIONS_LISTED_DEFAULT})` },
  },
  async run(input) {
    const filter = { agent: textOption(input, "agent"), limit: limitOf(textOption(input, "limit")) };
    const settings = await input.settings();
    const sessions = await withHost(input.io, input.flags, async (host) => (await host.agents()).sessionsOf(filter));
    const columns = ["id", "title", "turns", "plugin_id", "agent_id", "updated_at"];
    await showRows(input, settings, sessions.map(sessionRow), { columns, empty: "no conversations are kept" });
    return EXIT.done;
  },
};

export const sessionsShow: Command = {
  usage: "SESSION",
  about: "Shows a conversation, by its id.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const [id] = input.positionals as [string];
    const settings = await input.settings();
    const { session, turns } = await withHost(input.io, input.flags, async (host) => {
      const { sessions } = await host.agents();
      const session = await sessions.byId(id, undefined);
      if (session === undefined) throw unknownSession(id);
      return { session, turns: await sessions.turns(session.id) };
    });
    if (settings.json) {
      const row = sessionRow(session).set("messages", turns.map(messageJson));
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    input.io.stdout.write(neutralise(transcriptText(turns)));
    const left = session.turnCount - turns.length;
    if (left > 0) notify(input.io, settings, "info", `${left} older turns are not shown`);
    return EXIT.done;
  },
};

export const sessionsDelete: Command = {
  usage: "SESSION... | --older-than D [--agent AGENT]",
  about: "Deletes conversations, those that are named, or those to which nothing was added for so long.",
  positionals: { min: 0, max: SESSIONS_LISTED_MAX },
  options: {
    "older-than": { type: "string", value: "D", about: "those that were not used for so long: 12h, 30d, 2w, 1y" },
    agent: { type: "string", value: "AGENT", about: "with --older-than: only those of this agent" },
  },
  async run(input) {
    const age = textOption(input, "older-than");
    const agent = textOption(input, "agent");
    const ids = [...new Set(input.positionals.map((id) => id.toUpperCase()))];
    if ((age === undefined) === (ids.length === 0)) {
      throw new HostError("usage_invalid", "name either conversations or --older-than D", {
        hint: '"osaurus sessions list" shows those that there are',
      });
    }
    if (agent !== undefined && age === undefined) {
      throw new HostError("usage_invalid", "--agent goes with --older-than: a conversation has an id of its own");
    }
    return age === undefined ? await deleteNamed(input, ids) : await deleteOlder(input, age, agent);
  },
};

/** All of them or, when one is unknown, none. */
async function deleteNamed(input: CommandInput, ids: readonly string[]): Promise<number> {
  const settings = await input.settings();
  await withHost(input.io, input.flags, async (host) => {
    const { sessions } = await host.agents();
    for (const id of ids) if ((await sessions.byId(id, undefined)) === undefined) throw unknownSession(id);
    for (const id of ids) await sessions.delete(id);
  });
  if (settings.json) {
    const rows = ids.map((id) => rowOf({ id, deleted: true }));
    await showRows(input, settings, rows, rows.length === 1 ? { single: true } : {});
  } else {
    const what = ids.length === 1 ? `conversation ${ids[0]} deleted` : `${ids.length} conversations deleted`;
    notify(input.io, settings, "success", oneLine(what));
  }
  return EXIT.done;
}

async function deleteOlder(input: CommandInput, age: string, agent: string | undefined): Promise<number> {
  const before = parseAge(age, Date.now());
  const settings = await input.settings();
  const count = await withHost(input.io, input.flags, async (host) =>
    (await host.agents()).deleteOlderSessions(before, agent),
  );
  if (settings.json) {
    await showRows(input, settings, [rowOf({ deleted: new JsonNumber(String(count)) })], { single: true });
  } else notify(input.io, settings, "success", `${count} conversation${count === 1 ? "" : "s"} deleted`);
  return EXIT.done;
}

function sessionRow(session: Session): Row {
  return rowOf({
    id: session.id,
    agent_id: session.agentId,
    plugin_id: session.pluginId,
    session_key: session.externalKey,
    title: session.title,
    turns: new JsonNumber(String(session.turnCount)),
    created_at: session.createdAt,
    updated_at: session.updatedAt,
  });
}

/** A message as OpenAI-compatible servers spell it. */
function messageJson({ role, content, name, toolCalls, toolCallId, reasoning }: ChatMessage): OrderedJson {
  const calls = toolCalls?.map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = { role, content, name, tool_calls: calls, tool_call_id: toolCallId, reasoning };
  return parseOrderedJson(JSON.stringify(message));
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return SESSIONS_LISTED_DEFAULT;
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= SESSIONS_LISTED_MAX) return limit;
  throw new HostError("usage_invalid", `--limit takes a whole number from 1 to ${SESSIONS_LISTED_MAX}, not "${text}"`);
}
