// The tools of one run: which the model is told of, and who makes a call: the host, or whoever asked for the run.

import type { Agent } from "../protocol/agent.ts";
import type { SharedArtifact, ToolDefinition } from "../protocol/inference.ts";
import { CLARIFY, READ_SKILL, READ_TOOL_OUTPUT, SHARE_ARTIFACT } from "../protocol/own-tools.ts";
import type { ToolOutputs } from "../store/tool-outputs.ts";
import type { ToolOutcome } from "../tools/call-tool.ts";
import type { Shelf, ShelfTool } from "../tools/shelf.ts";
import { longName } from "../tools/tool-names.ts";
import { clarifyTool } from "./clarify.ts";
import { failed, type OwnTool } from "./own-tool.ts";
import { outputKeeper, readToolOutput } from "./read-tool-output.ts";
import type { KeepOutput } from "./result-for-model.ts";
import type { RunRequest } from "./run-request.ts";
import { type Artifacts, shareArtifact } from "./share-artifact.ts";
import { readSkill, type Skill, skillsNotice } from "./skills.ts";

export interface RunToolsParts {
  shelf(): Promise<Shelf>;
  /** Where results are kept that are too long; nothing where none are. */
  outputs(): Promise<ToolOutputs | undefined>;
  skills(tools: readonly ShelfTool[]): Promise<readonly Skill[]>;
  /** Where shared files go; without it, no run shares any. */
  artifacts?(): Promise<Artifacts>;
}

export interface RunTools {
  /** As the next call of the model should be told of them: once something is kept, there is one more. */
  definitions(): readonly ToolDefinition[];
  /** Whether the host may make calls in this run. */
  readonly runsAny: boolean;
  /** The tool by which the model asks a question. */
  readonly clarifyName: string | undefined;
  /** What the system prompt says of skills. */
  readonly skillsNotice: string | undefined;
  /** Whether nobody but the caller of the run can make this call. */
  isForCaller(name: string): boolean;
  /** Makes a call. Throws what `Shelf.call` throws. */
  call(name: string, input: string, signal: AbortSignal): Promise<ToolOutcome>;
  readonly keep: KeepOutput;
}

/**
 * Finds out which tools a run has. Loads no tools for a run that has none of an agent's.
 *
 * @param shared is told of files that the run shares, in order.
 */
export async function openRunTools(
  parts: RunToolsParts,
  request: RunRequest,
  sessionId: string | undefined,
  shared: (artifact: SharedArtifact) => Promise<void>,
): Promise<RunTools> {
  const { agent, tools, alsoTools } = request;
  if (tools.kind === "none" || agent === undefined) return withoutHost(tools.kind === "given" ? tools.definitions : []);
  if (tools.kind === "given" && !tools.runsOnShelf) return withoutHost(tools.definitions);
  const shelf = await parts.shelf();
  const also = tools.kind === "agent" ? alsoTools : undefined;
  const listed = await shelf.list(agent, also);
  const base =
    tools.kind === "given" ? givenTools(tools.definitions, listed) : agentTools(listed, reservedNames(request));
  const skills = tools.kind === "agent" ? await parts.skills(listed) : [];
  const owner = { agentId: agent.id, sessionId };
  // Whoever has taken the name of one of these keeps it.
  const readName = freeName(READ_TOOL_OUTPUT, base.definitions);
  const reading = readToolOutput(readName, parts.outputs, owner);
  const skillName = freeName(READ_SKILL, base.definitions);
  const own = new Map<string, OwnTool>();
  if (skills.length > 0) own.set(skillName, readSkill(skillName, skills));
  const clarifyName = request.mayAsk === true ? freeName(CLARIFY, base.definitions) : undefined;
  if (clarifyName !== undefined) own.set(clarifyName, clarifyTool(clarifyName));
  const sharing = await sharingTool(parts, request, shared, base);
  if (sharing !== undefined) own.set(sharing.definition.name, sharing);
  let mayRead = sessionId !== undefined && ((await (await parts.outputs())?.hasAny(owner)) ?? false);
  const keepIt = outputKeeper(parts.outputs, owner, () => readName);
  return {
    definitions: () => [
      ...base.definitions,
      ...[...own.values()].map(({ definition }) => definition),
      ...(mayRead ? [reading.definition] : []),
    ],
    runsAny: base.definitions.length + own.size > 0,
    clarifyName,
    skillsNotice: skills.length > 0 ? skillsNotice(skillName, skills) : undefined,
    isForCaller: base.isForCaller,
    async call(name, input, signal) {
      const tool = name === readName && mayRead ? reading : own.get(name);
      if (tool !== undefined) return await tool.run(input);
      const shelfName = base.shelfName(name);
      if (shelfName === undefined) return failed(name, unknownTool(name));
      return await shelf.call({ ...callFacts(request, agent), also, tool: shelfName, input, signal });
    },
    async keep(tool, text) {
      const how = await keepIt(tool, text);
      mayRead ||= how !== undefined;
      return how;
    },
  };
}

async function sharingTool(
  { artifacts }: RunToolsParts,
  { artifactFolder: folder }: RunRequest,
  shared: (artifact: SharedArtifact) => Promise<void>,
  { definitions }: BaseTools,
): Promise<OwnTool | undefined> {
  if (folder === undefined || artifacts === undefined) return undefined;
  const name = freeName(SHARE_ARTIFACT, definitions);
  return shareArtifact(name, { artifacts: await artifacts(), folder, shared });
}

interface BaseTools {
  readonly definitions: readonly ToolDefinition[];
  isForCaller(name: string): boolean;
  /** What the shelf calls the tool; nothing for one that the model was not told of. */
  shelfName(name: string): string | undefined;
}

/** A plugin that takes one of these could ask and share in the host's name. */
function reservedNames({ mayAsk, artifactFolder }: RunRequest): ReadonlySet<string> {
  return new Set([...(mayAsk === true ? [CLARIFY] : []), ...(artifactFolder === undefined ? [] : [SHARE_ARTIFACT])]);
}

function agentTools(listed: readonly ShelfTool[], reserved: ReadonlySet<string>): BaseTools {
  const renamed = new Map<string, string>();
  const definitions = listed.map(({ name, pluginId, toolId, description, inputSchema: parameters }) => {
    if (!reserved.has(name)) return { name, description, parameters };
    const long = longName(pluginId, toolId);
    renamed.set(long, `${pluginId}/${toolId}`);
    return { name: long, description, parameters };
  });
  return {
    definitions,
    isForCaller: () => false,
    // Models write names in other spellings too; the shelf knows them, and which tools the agent has.
    shelfName: (name) => renamed.get(name) ?? name,
  };
}

/** Only what the caller named is there, also of the agent's own tools. */
function givenTools(definitions: readonly ToolDefinition[], listed: readonly ShelfTool[]): BaseTools {
  const onShelf = new Map<string, string | undefined>();
  for (const { name } of definitions) onShelf.set(name, shelfNameOf(name, listed));
  return {
    definitions,
    isForCaller: (name) => onShelf.has(name) && onShelf.get(name) === undefined,
    shelfName: (name) => onShelf.get(name),
  };
}

function shelfNameOf(name: string, listed: readonly ShelfTool[]): string | undefined {
  const exact = listed.find((tool) => tool.name === name);
  if (exact !== undefined) return exact.name;
  const spelt = listed.filter(({ pluginId, toolId }) => name === toolId || name === `${pluginId}/${toolId}`);
  return spelt.length === 1 ? spelt[0]!.name : undefined;
}

/** The host makes no calls: what is given is for the caller, and there is nothing else. */
function withoutHost(definitions: readonly ToolDefinition[]): RunTools {
  return {
    definitions: () => definitions,
    runsAny: false,
    clarifyName: undefined,
    skillsNotice: undefined,
    isForCaller: () => definitions.length > 0,
    call: async (name) => failed(name, unknownTool(name)),
    keep: async () => undefined,
  };
}

function callFacts({ traceId, consent }: RunRequest, agent: Agent) {
  return { agent, agentId: agent.id, traceId, consent };
}

function unknownTool(name: string) {
  const message = `there is no tool "${name.slice(0, NAME_CHARS_SHOWN)}" here`;
  return { kind: "tool_not_found", message } as const;
}

const NAME_CHARS_SHOWN = 100;

function freeName(wanted: string, taken: readonly ToolDefinition[]): string {
  let name = wanted;
  while (taken.some((tool) => tool.name === name)) name = `osaurus_${name}`;
  return name;
}
