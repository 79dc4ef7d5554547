// What a task's agent wants to know before it goes on. The options are choices; any other answer does as well.

import { Button, Checkbox, Group, Paper, Radio, Stack, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useId, useState } from "react";
import { refresh } from "../api/topics.ts";
import { useChange } from "../api/use-change.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import type { Task } from "./task-page.tsx";

interface TaskQuestionProps {
  readonly task: Task;
  readonly question: NonNullable<Task["question"]>;
}

export function TaskQuestion({ task, question }: TaskQuestionProps) {
  const titleId = useId();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState("");
  const answer = useChange("POST /tasks/{id}/answer", {
    changes: ["tasks", "sessions"],
    done: "The task goes on",
    isFailureShown: true,
  });
  const text = typed.trim() === "" ? chosen.join(", ") : typed.trim();
  const isTooLate = answer.error?.code === "task_not_waiting" || answer.error?.code === "task_over";
  const send = () =>
    answer.mutate(
      { params: { id: task.id }, body: { text } },
      {
        onError({ code, message }) {
          if (code !== "task_not_waiting" && code !== "task_over") return;
          notifications.show({ title: "Answered elsewhere", message: plainText(message) });
          void refresh(["tasks"]);
        },
      },
    );
  const options = question.options ?? [];
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={titleId}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text !== "") send();
        }}
      >
        <Stack gap="sm">
          <Title order={2} size="h4" id={titleId} className="plugin-text">
            {plainText(question.question)}
          </Title>
          {options.length > 0 && !question.allow_multiple && (
            <Radio.Group aria-labelledby={titleId} value={chosen[0] ?? ""} onChange={(value) => setChosen([value])}>
              <Stack gap="xs">
                {options.map((option) => (
                  <Radio key={option} value={option} label={<Option text={option} />} />
                ))}
              </Stack>
            </Radio.Group>
          )}
          {options.length > 0 && question.allow_multiple && (
            <Checkbox.Group aria-labelledby={titleId} value={[...chosen]} onChange={setChosen}>
              <Stack gap="xs">
                {options.map((option) => (
                  <Checkbox key={option} value={option} label={<Option text={option} />} />
                ))}
              </Stack>
            </Checkbox.Group>
          )}
          <Textarea
            label={options.length > 0 ? "Another answer" : "Your answer"}
            description={options.length > 0 ? "It counts in place of what is chosen above." : undefined}
            autosize
            minRows={1}
            maxRows={8}
            value={typed}
            onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          />
          {answer.error !== null && !isTooLate && <ErrorNotice error={answer.error} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={text === ""} loading={answer.isPending}>
              Answer
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

function Option({ text }: { readonly text: string }) {
  return <span className="plugin-text">{plainText(text)}</span>;
}
