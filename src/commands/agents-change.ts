// osaurus agents create, osaurus agents update: an agent's name, model, prompt and tools.

import { resolve } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import type { AgentChange, ListedAgent } from "../host/agents-host.ts";
import type { ToolSelection } from "../protocol/agent.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { AGENT_TEMPERATURE_MAX, SYSTEM_PROMPT_CHARS_MAX } from "../protocol/limits.ts";
import { agentRow } from "./agents-list.ts";
import { type Command, type CommandInput, type CommandOption, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { oneLine } from "./setting-notes.ts";
import { showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

/** A character takes at most so many bytes in UTF-8. */
const CHAR_BYTES_MAX = 3;

const OPTIONS: Readonly<Record<string, CommandOption>> = {
  name: { type: "string", value: "NAME", about: "what it is called" },
  model: { type: "string", value: "M", about: "the model it uses; without one the host's default" },
  prompt: { type: "string", value: "TEXT", about: "its system prompt" },
  "prompt-file": { type: "string", value: "FILE", about: 'the same from a file; "-" is standard input' },
  temperature: { type: "string", value: "T", about: "from 0 to 2; how freely the model chooses its words" },
  "max-tokens": { type: "string", value: "N", about: "how long an answer of the model may be" },
  tool: {
    type: "string",
    multiple: true,
    value: "PLUGIN/TOOL",
    about: "it has this tool, and others only where they are named too; PLUGIN/* is all of a plugin",
  },
  "without-tool": { type: "string", multiple: true, value: "PLUGIN/TOOL", about: "it has all tools but this one" },
};

export const agentsCreate: Command = {
  usage: "--name NAME [--model M] [--prompt TEXT] [--tool PLUGIN/TOOL]...",
  about: "Makes an agent. Without --tool and --without-tool it has all tools.",
  positionals: { min: 0, max: 0 },
  options: OPTIONS,
  async run(input) {
    const name = textOption(input, "name");
    if (name === undefined) throw usage("an agent needs a name", 'for example "osaurus agents create --name helper"');
    const change = await changeOf(input);
    const settings = await input.settings();
    const agent = await withHost(input.io, input.flags, async (host) =>
      (await host.agents()).create({ ...change, name }),
    );
    if (settings.json) await showRows(input, settings, [agentRow(agent)], { single: true });
    else notify(input.io, settings, "success", oneLine(`agent "${agent.name}" made: ${agent.id}`));
    return EXIT.done;
  },
};

export const agentsUpdate: Command = {
  usage: "AGENT [--name NAME] [--model M] [--prompt TEXT] [--tool PLUGIN/TOOL]...",
  about: "Changes what is named and leaves the rest. An empty value takes back what was set.",
  positionals: { min: 1, max: 1 },
  options: {
    ...OPTIONS,
    "all-tools": { type: "boolean", about: "it has all tools" },
    "no-model": { type: "boolean", about: "it uses the host's default model" },
  },
  async run(input) {
    const [named] = input.positionals as [string];
    const change = await changeOf(input);
    if (Object.keys(change).length === 0) throw usage("nothing is named that should change", "for example --model M");
    const settings = await input.settings();
    const agent: ListedAgent = await withHost(input.io, input.flags, async (host) =>
      (await host.agents()).update(named, change),
    );
    if (settings.json) await showRows(input, settings, [agentRow(agent)], { single: true });
    else notify(input.io, settings, "success", oneLine(`agent "${agent.name}" changed`));
    return EXIT.done;
  },
};

async function changeOf(input: CommandInput): Promise<AgentChange> {
  const name = textOption(input, "name");
  const model = modelOf(input);
  const systemPrompt = await promptOf(input);
  const temperature = numberOption(input, "temperature", `a number from 0 to ${AGENT_TEMPERATURE_MAX}`);
  const maxTokens = numberOption(input, "max-tokens", "a whole number from 1");
  const tools = toolsOf(input);
  return {
    ...(name === undefined ? {} : { name }),
    ...(model === undefined ? {} : { model }),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(tools === undefined ? {} : { tools }),
  };
}

function modelOf(input: CommandInput): string | null | undefined {
  const model = textOption(input, "model");
  if (input.options["no-model"] !== true) return model;
  if (model !== undefined) throw usage("--model and --no-model contradict each other");
  return null;
}

async function promptOf(input: CommandInput): Promise<string | undefined> {
  const [text, file] = [textOption(input, "prompt"), textOption(input, "prompt-file")];
  if (file === undefined) return text;
  if (text !== undefined) throw usage("--prompt and --prompt-file are two prompts: give one");
  if (file === "-") return await input.io.readStdin();
  const path = resolve(input.io.cwd, file);
  const read = readSmallFile(path, SYSTEM_PROMPT_CHARS_MAX * CHAR_BYTES_MAX);
  if (read === undefined) throw new HostError("file_unknown", `there is no file ${path}`);
  if (read.text === undefined) throw new HostError("file_unreadable", `${path}: ${read.problem}`);
  return read.text.replace(/^\ufeff/, "");
}

/** Null for an empty value. */
function numberOption(input: CommandInput, name: string, what: string): number | null | undefined {
  const text = textOption(input, name)?.trim();
  if (text === undefined) return undefined;
  if (text === "") return null;
  if (/^\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  throw usage(`--${name} takes ${what}, not "${text}"`);
}

function toolsOf({ options }: CommandInput): ToolSelection | undefined {
  const listOf = (name: string) => (options[name] as readonly string[] | undefined) ?? [];
  const [only, except] = [listOf("tool"), listOf("without-tool")];
  const isAll = options["all-tools"] === true;
  if ([only.length > 0, except.length > 0, isAll].filter(Boolean).length > 1) {
    throw usage("--tool, --without-tool and --all-tools exclude each other", "name what it has, or what it has not");
  }
  if (isAll) return { mode: "all" };
  // One empty value: no tool at all, and no exception.
  const named = (names: readonly string[]) => names.filter((name) => name !== "");
  if (only.length > 0) return { mode: "only", names: named(only) };
  return except.length > 0 ? { mode: "except", names: named(except) } : undefined;
}

function usage(message: string, hint?: string): HostError {
  return new HostError("usage_invalid", message, hint === undefined ? {} : { hint });
}
