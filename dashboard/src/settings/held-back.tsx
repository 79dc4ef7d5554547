// Tools that do not run because they are not what was approved.

import { List, Stack } from "@mantine/core";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { DefinitionCard } from "../approvals/definition-card.tsx";
import { plainText } from "../parts/plain-text.ts";
import { Section } from "./section.tsx";

type HeldBackTools = Answer<"GET /permissions">["held_back"];

export function HeldBack({ heldBack }: { readonly heldBack: HeldBackTools }) {
  const { data } = useAnswer("GET /approvals", {}, { isOff: heldBack.length === 0 });
  if (heldBack.length === 0) return null;
  const ids = new Set(heldBack.map(({ approval_id: id }) => id));
  const waiting = (data?.approvals ?? []).filter((one) => one.kind === "definition").filter(({ id }) => ids.has(id));
  const refused = heldBack.filter(({ approval_id: id }) => id === null);
  return (
    <Section
      title="Held back"
      about="A tool that says something else of itself than before does not run until somebody approves it, whatever its policy is."
    >
      <Stack>
        {waiting.map((change) => (
          <DefinitionCard key={change.id} change={change} />
        ))}
      </Stack>
      {refused.length > 0 && (
        <List size="sm">
          {refused.map(({ plugin_id: plugin, tool_id: tool, reason }) => (
            <List.Item key={`${plugin}/${tool}`} className="plugin-text">
              {plainText(`${plugin}/${tool}: ${reason}`)}
            </List.Item>
          ))}
        </List>
      )}
    </Section>
  );
}
