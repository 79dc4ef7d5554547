// osaurus approvals list: what waits for somebody's consent: calls of tools, in any process of this user, and tools whose
// definition changed.

import type { PermissionsHost } from "../host/permissions-host.ts";
import { EXIT } from "../protocol/errors.ts";
import { printPaged } from "../terminal/pager.ts";
import type { Row } from "../terminal/rows.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import type { Command } from "./command.ts";
import { definitionBlock, definitionDiff } from "./definition-diff.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

type Waiting = Awaited<ReturnType<PermissionsHost["listApprovals"]>>[number];
type Changed = Awaited<ReturnType<PermissionsHost["listDefinitions"]>>[number];

const COLUMNS = ["id", "kind", "plugin_id", "tool", "agent_id", "input", "description", "requirements", "expires_at"];

export const approvalsList: Command = {
  usage: "",
  about: "Lists calls that wait for consent, and tools whose definition changed.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const { calls, changed } = await withHost(input.io, input.flags, async (host) => {
      const permissions = await host.permissions();
      return { calls: await permissions.listApprovals(), changed: await permissions.listDefinitions() };
    });
    // A program gets what is there, a person what they would otherwise not see.
    const text = settings.json ? (one: string) => one : showHidden;
    const isForPeople = settings.format === "auto" || settings.format === "table";
    const inRows = isForPeople ? [] : changed;
    const rows = [...calls.map((one) => callRow(one, text)), ...inRows.map((one) => changedRow(one, text))];
    if (rows.length > 0 || settings.json || changed.length === 0) {
      const columns = inRows.length > 0 ? [...COLUMNS, "diff"] : COLUMNS;
      await showRows(input, settings, rows, { columns, empty: "nothing waits for consent" });
    }
    // What changed is read line by line, for which a table has no room.
    if (isForPeople && changed.length > 0) {
      const { pager } = settings;
      const blocks = changed.map(definitionBlock).join("\n");
      await printPaged(input.io, rows.length > 0 ? `\n${blocks}` : blocks, { json: false, pager });
    }
    return EXIT.done;
  },
};

function callRow(call: Waiting, text: (one: string) => string): Row {
  return rowOf({
    id: call.id,
    kind: "call",
    plugin_id: text(call.pluginId),
    tool: text(call.toolId),
    agent_id: call.agentId,
    session_id: call.conversation,
    input: text(call.input),
    description: text(call.description),
    requirements: call.requirements.map(text),
    created_at: call.createdAt,
    expires_at: call.expiresAt,
  });
}

function changedRow(changed: Changed, text: (one: string) => string): Row {
  return rowOf({
    id: changed.id,
    kind: "definition",
    plugin_id: text(changed.pluginId),
    tool: text(changed.toolId),
    agent_id: null,
    old: text(changed.old.text),
    new: text(changed.now.text),
    diff: definitionDiff(changed),
    created_at: changed.createdAt,
    expires_at: null,
  });
}
