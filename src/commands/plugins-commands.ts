// `osp plugins commands`: every command that process plugins offer, and who serves it.

import { type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { ProcessHost } from "../host/process-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import { rowOf, showRows } from "./show-rows.ts";

const COLUMNS = ["name", "about", "provider", "providers", "state"];

export const pluginsCommands: Command = {
  usage: "",
  about: "Lists every command that process plugins offer, and which plugin serves it.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const host = await openProcessHost(io, { config: settings.config, ...flags });
    const catalog = await host.commands();
    for (const text of catalog.flatMap(({ warnings }) => warnings)) notify(io, settings, "warning", text);
    await showRows(input, settings, catalog.map(rowFor), { columns: COLUMNS, empty: "no plugin offers a command" });
    return EXIT.done;
  },
};

type CatalogCommand = Awaited<ReturnType<ProcessHost["commands"]>>[number];

function rowFor(offer: CatalogCommand): Row {
  const { access, command } = offer;
  return rowOf({
    name: offer.name,
    about: offer.about,
    provider: offer.provider?.pluginId ?? null,
    providers: offer.providers.map(({ pluginId, source }) => `${pluginId} (${source})`),
    state: offer.state,
    conflict: offer.conflict,
    conflicted: offer.conflict,
    requires_selection: offer.requiresSelection,
    selected_explicitly: offer.selectedExplicitly,
    source: offer.provider?.source ?? null,
    auth_hint: access.hint,
    auth_visibility: access.visibility,
    required_capabilities: [...access.requiredCapabilities],
    feature_flags: [...access.featureFlags],
    subcommands: (command?.subcommands ?? []).map(({ name }) => name),
    visible_session: json(command?.auth?.visible_session),
    run_session: json(command?.auth?.run_session),
  });
}

/** A part of a description, when it is there. */
function json(value: object | null | undefined): OrderedJson | undefined {
  return value ? parseOrderedJson(JSON.stringify(value)) : undefined;
}
