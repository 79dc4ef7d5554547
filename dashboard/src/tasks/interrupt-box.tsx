// Ends a task softly: what it came to is kept, and what is said here is the last word in its conversation.

import { Button, Group, Textarea } from "@mantine/core";
import { useState } from "react";
import { useChange } from "../api/use-change.ts";
import { plainText } from "../parts/plain-text.ts";
import type { Task } from "./task-page.tsx";

export function InterruptBox({ task }: { readonly task: Task }) {
  const [message, setMessage] = useState("");
  const interrupt = useChange("POST /tasks/{id}/interrupt", {
    changes: ["tasks", "sessions"],
    done: "The task is told to end",
    isFailureShown: true,
    onDone: () => setMessage(""),
  });
  const text = message.trim();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        interrupt.mutate({ params: { id: task.id }, body: text === "" ? {} : { message: text } });
      }}
    >
      <Textarea
        label="Interrupt with a message"
        description="The task ends and keeps what it has; the message is yours in its conversation. It may be left out."
        autosize
        minRows={1}
        maxRows={8}
        value={message}
        onChange={({ currentTarget }) => setMessage(currentTarget.value)}
        error={interrupt.error && plainText(interrupt.error.message)}
      />
      <Group justify="flex-end" mt="xs">
        <Button type="submit" variant="default" loading={interrupt.isPending}>
          Interrupt
        </Button>
      </Group>
    </form>
  );
}
