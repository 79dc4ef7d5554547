// osaurus chat: talks to an agent. With a text, one answer; at a terminal without one, a conversation.

import type { Host } from "../host/create-host.ts";
import type { Agent } from "../protocol/agent.ts";
import { HostError } from "../protocol/errors.ts";
import type { AskedRun, RunOfChat } from "./chat-answer.ts";
import { chatConsent } from "./chat-consent.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { withHost } from "./with-host.ts";

export const chat: Command = {
  usage: "[--agent A] [--session S] [--model M] [TEXT]",
  about: "Asks an agent and prints its answer as it comes; without TEXT, at a terminal, holds a conversation.",
  positionals: { min: 0, max: 1 },
  options: {
    agent: {
      type: "string",
      value: "AGENT",
      about: "the agent to talk to, by id or name; without it the default agent",
    },
    session: { type: "string", value: "SESSION", about: "go on with this conversation, by its id" },
    model: { type: "string", value: "MODEL", about: "ask this model instead of the agent's" },
    yes: { type: "boolean", about: "consent to what tools would ask; what was denied stays denied" },
  },
  // A conversation needs the keyboard, which stays here.
  isResident: ({ positionals, io }) => positionals.length > 0 || !io.stdinIsTerminal,
  runsOn: ({ positionals, io }) => positionals.length === 0 && io.stdinIsTerminal,
  async run(input) {
    const settings = await input.settings();
    const text = await textOf(input, settings.json);
    const talk = text === undefined ? await input.io.talk?.() : undefined;
    const desk = chatConsent(input.io, settings);
    const use = async (host: Host): Promise<number> => {
      const run = await runOf(host, input);
      if (text === undefined) {
        const { converse } = await import("./chat-converse.ts");
        return await converse({ input, settings, run, talk: talk!, desk });
      }
      const { answerOnce } = await import("./chat-answer.ts");
      return await answerOnce({ input, settings, run }, text);
    };
    return await withHost(input.io, input.flags, use, {
      consent: desk.options,
      config: settings.config,
      endsItself: true,
    });
  },
};

/** What is asked; nothing where somebody is there to type it. */
async function textOf({ io, positionals }: CommandInput, json: boolean): Promise<string | undefined> {
  const given = positionals[0];
  const mayTalk = io.talk !== undefined && io.stderr.isTerminal && !json;
  if (given === undefined && mayTalk) return undefined;
  if (given === undefined && io.stdinIsTerminal) throw usage("say what to ask");
  const text = given === undefined || given === "-" ? await io.readStdin() : given;
  if (text.trim() === "") throw usage("there is nothing to ask");
  return text;
}

/** Finds the agent and the session, and gives what asks it. A conversation goes on where it was. */
async function runOf(host: Host, input: CommandInput): Promise<RunOfChat> {
  const agents = await host.agents();
  const wanted = textOption(input, "session");
  const named = textOption(input, "agent");
  let agent: Agent;
  if (wanted === undefined) agent = await agents.find(named);
  else {
    const own = named === undefined ? undefined : await agents.find(named);
    const session = await agents.sessions.byId(wanted, own?.id);
    if (session === undefined) {
      throw new HostError("session_unknown", `there is no session "${wanted}"${own ? ` of agent "${own.name}"` : ""}`, {
        hint: '"osaurus sessions list" shows those that there are',
      });
    }
    agent = own ?? (await agents.find(session.agentId));
  }
  let sessionId = wanted;
  const runner = await host.inference();
  const consent = input.options["yes"] === true ? ("given" as const) : undefined;
  return {
    agent,
    async ask({ text, signal, onEvent }: AskedRun) {
      const outcome = await runner.run({
        agent,
        model: textOption(input, "model"),
        messages: [{ role: "user", content: text }],
        tools: { kind: "agent" },
        sampling: {},
        session: sessionId === undefined ? { kind: "new", pluginId: null, title: "" } : { kind: "id", id: sessionId },
        traceId: crypto.randomUUID(),
        consent,
        signal,
        onEvent,
      });
      sessionId ??= outcome.sessionId;
      return outcome;
    },
    get sessionId() {
      return sessionId;
    },
  };
}

function usage(message: string): HostError {
  return new HostError("usage_invalid", message, { hint: "for example \"osaurus chat 'What is the time?'\"" });
}
