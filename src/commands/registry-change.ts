// `osaurus registry add` and `osaurus registry remove`: which registries plugins come from.

import { EXIT } from "../protocol/errors.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const registryAdd: Command = {
  usage: "URL|DIR [--name NAME]",
  about: "Adds a registry: an https address, or a folder that has plugins/<plugin_id>.json for each plugin.",
  positionals: { min: 1, max: 1 },
  options: {
    name: { type: "string", value: "NAME", about: "call it that; otherwise its host or folder says its name" },
  },
  async run(input) {
    const typed = input.positionals[0]!;
    const name = textOption(input, "name");
    const { registry, added } = await onRegistries(input, (registries) => registries.add(typed, name));
    const text = added
      ? `registry "${registry.name}" added: ${registry.location}`
      : `"${registry.name}" is there already`;
    return await say(input, { ...registry, added }, text);
  },
};

export const registryRemove: Command = {
  usage: "NAME",
  about: "Forgets a registry. What was installed from it stays.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const registry = await onRegistries(input, (registries) => registries.remove(input.positionals[0]!));
    return await say(input, { ...registry }, `registry "${registry.name}" removed`);
  },
};

type Registries = Awaited<ReturnType<import("../host/create-host.ts").Host["registries"]>>;

async function onRegistries<T>(input: CommandInput, use: (registries: Registries) => Promise<T>): Promise<T> {
  const settings = await input.settings();
  const note = (text: string) => notify(input.io, settings, "warning", text);
  return await withHost(input.io, input.flags, async (host) => await use(await host.registries(note)));
}

async function say(input: CommandInput, row: Readonly<Record<string, string | boolean>>, text: string) {
  const settings = await input.settings();
  if (settings.json) await showRows(input, settings, [rowOf(row)], { single: true });
  else notify(input.io, settings, "success", text);
  return EXIT.done;
}
