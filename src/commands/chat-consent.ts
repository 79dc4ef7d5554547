// Who is asked for consent during a chat: the person at the terminal, else somebody in another one, who is told how.

import type { HostOptions } from "../host/create-host.ts";
import { APPROVAL_COMMAND_MS } from "../protocol/limits.ts";
import type { CommandIo } from "../terminal/io.ts";
import type { Watch } from "../terminal/talk-input.ts";
import { consentPrompt } from "./ask-tool-consent.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";

export interface ChatConsent {
  readonly options: NonNullable<HostOptions["consent"]>;
  /** Has the keyboard while an answer comes, and lends it for a question. */
  watch: Watch | undefined;
}

export function chatConsent(io: CommandIo, settings: Settings): ChatConsent {
  const askDirectly = consentPrompt(io);
  if (askDirectly === undefined) return { options: askElsewhere(io, settings), watch: undefined };
  const desk: ChatConsent = {
    watch: undefined,
    options: {
      askDirectly: (question, until) => {
        const ask = async () => await askDirectly(question, until);
        return desk.watch === undefined ? ask() : desk.watch.lend(ask);
      },
    },
  };
  return desk;
}

function askElsewhere(io: CommandIo, settings: Settings): ChatConsent["options"] {
  return {
    waitMs: APPROVAL_COMMAND_MS,
    onWaiting({ id, pluginId, toolId }) {
      const what = `"${toolId}" of "${pluginId}" waits for consent`;
      const how = `osaurus approvals allow ${id}" or "osaurus approvals deny ${id}`;
      notify(io, settings, "info", `${what}; in another terminal, "${how}" answers`);
    },
  };
}
