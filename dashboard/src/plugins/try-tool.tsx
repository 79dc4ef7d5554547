// Calls a tool with arguments that somebody types. Whoever presses the button consents to the call, as at the terminal.

import { Group, Stack, Text, Textarea } from "@mantine/core";
import { useId, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useChange } from "../api/use-change.ts";
import { ArmedButton } from "../parts/armed-button.tsx";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { ToolResult } from "../parts/tool-result.tsx";
import { argumentSkeleton } from "./argument-skeleton.ts";

interface TryToolProps {
  /** As the host knows it: PLUGIN/TOOL. */
  readonly tool: string;
  readonly schema: unknown;
  readonly agent: { readonly id: string; readonly name: string };
}

export function TryTool({ tool, schema, agent }: TryToolProps) {
  const [text, setText] = useState(() => argumentSkeleton(schema));
  const [mistake, setMistake] = useState<string>();
  const call = useChange("POST /tools/call", { changes: ["insights"], isFailureShown: true });
  const resultId = useId();
  const run = () => {
    const read = readObject(text);
    setMistake(read instanceof ApiError ? read.message : undefined);
    if (!(read instanceof ApiError)) call.mutate({ body: { tool, arguments: read, agent: agent.id } });
  };
  return (
    <Stack gap="sm">
      <Textarea
        label="Arguments"
        description="A JSON object. It begins with what the tool requires."
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        error={mistake === undefined ? undefined : <span className="plugin-text">{plainText(mistake)}</span>}
        autosize
        minRows={2}
        maxRows={16}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      />
      <Group gap="sm">
        <ArmedButton size="xs" mayMove loading={call.isPending} onClick={run}>
          Try it
        </ArmedButton>
        <Text size="sm" className="plugin-text">{`It runs for the agent ${plainText(agent.name)}, at once.`}</Text>
      </Group>
      <section id={resultId} aria-live="polite" aria-label="What the tool answered">
        {call.error !== null && <ErrorNotice error={call.error} />}
        {call.data !== undefined && (
          <ToolResult
            envelopeText={JSON.stringify(call.data.envelope)}
            isError={call.data.envelope["ok"] !== true}
            durationMs={call.data.duration_ms}
          />
        )}
      </section>
    </Stack>
  );
}

/** What cannot be sent at all; whether the arguments are right is for the host to say. */
function readObject(text: string): Record<string, unknown> | ApiError {
  try {
    const json: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
    return new ApiError("usage_invalid", "The arguments are a JSON object, in curly braces.");
  } catch (error) {
    return new ApiError("usage_invalid", `This is not JSON: ${(error as Error).message}`);
  }
}
