// One task: how it stands, what it asks, what happened in it, and what it came to.

import { Alert, Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { Link, useParams } from "react-router";
import { isOver } from "../../../src/protocol/task.ts";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { Answered } from "../parts/answered.tsx";
import { useConfirm } from "../parts/confirm.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { Markdown } from "../parts/markdown.tsx";
import { Moment } from "../parts/moment.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { plainText } from "../parts/plain-text.ts";
import { InterruptBox } from "./interrupt-box.tsx";
import { TaskArtifacts } from "./task-artifacts.tsx";
import { TaskEvents } from "./task-events.tsx";
import { TaskQuestion } from "./task-question.tsx";
import { TaskStatusBadge } from "./task-status.tsx";
import { useTaskFeed } from "./use-task-feed.ts";

export type Task = Answer<"GET /tasks/{id}">;

export function TaskPage() {
  const { task: id = "" } = useParams();
  const answer = useAnswer("GET /tasks/{id}", { params: { id } });
  return (
    <>
      {answer.data === undefined && <PageTitle title="Task" />}
      <Answered answer={answer} way={{ to: "/ui/tasks", text: "Back to the list" }}>
        {(task) => <TaskDetail key={task.id} task={task} />}
      </Answered>
    </>
  );
}

function TaskDetail({ task }: { readonly task: Task }) {
  const feed = useTaskFeed(task);
  const isOpen = !isOver(task);
  const step = feed.step ?? task.current_step;
  const output = feed.text ?? task.output;
  return (
    <Stack maw={900}>
      <div>
        <PageTitle title={plainText(task.title) || "Task"}>{isOpen && <CancelButton task={task} />}</PageTitle>
        <Group gap="sm" aria-live="polite">
          <TaskStatusBadge status={task.status} />
          {isOpen && step !== null && <Text className="plugin-text">{plainText(step)}</Text>}
          {!isOpen && task.summary !== null && <Text className="plugin-text">{plainText(task.summary)}</Text>}
        </Group>
        <Facts task={task} />
      </div>
      {isOpen && !task.is_served && (
        <Alert color="orange" icon={<CircleAlert aria-hidden />} title="No host runs this task now">
          It goes on when one does: "osaurus serve" takes up what was left.
        </Alert>
      )}
      {task.error_code !== null && (
        <Alert
          color="red"
          role="alert"
          icon={<CircleAlert aria-hidden />}
          title={plainText(task.summary ?? "It failed")}
        >
          {task.error_code}
        </Alert>
      )}
      {task.question !== null && <TaskQuestion task={task} question={task.question} />}
      {isOpen && <InterruptBox task={task} />}
      {output !== null && output !== "" && (
        <section aria-label="Answer">
          <Title order={2} size="h4" mb="xs">
            {isOpen ? "Answer so far" : "Answer"}
          </Title>
          <Markdown text={output} />
        </section>
      )}
      {task.draft !== null && (
        <section aria-label="Draft">
          <Title order={2} size="h4" mb="xs">
            Draft
          </Title>
          <JsonText text={JSON.stringify(task.draft)} label="Draft" />
        </section>
      )}
      <TaskArtifacts task={task} />
      <TaskEvents feed={feed} />
    </Stack>
  );
}

function Facts({ task }: { readonly task: Task }) {
  return (
    <Text size="sm" mt="xs" className="plugin-text">
      {`Begun by ${plainText(task.plugin_id)} `}
      <Moment time={task.created_at} />
      {task.ended_at !== null && (
        <>
          {", over "}
          <Moment time={task.ended_at} />
        </>
      )}
      {task.round > 1 && `, round ${task.round}`}
      {task.resumes > 0 && `, taken up ${task.resumes} times`}
      {". "}
      <Anchor component={Link} to={`/ui/chat/${task.session_id}`}>
        Its conversation
      </Anchor>
      {" · "}
      <Anchor component={Link} to={`/ui/insights?task=${task.id}`}>
        Its calls
      </Anchor>
    </Text>
  );
}

function CancelButton({ task }: { readonly task: Task }) {
  const confirm = useConfirm();
  const cancel = useChange("POST /tasks/{id}/cancel", {
    changes: ["tasks", "sessions"],
    done: "The task is cancelled",
  });
  const ask = async () => {
    const isWanted = await confirm({
      title: `Cancel "${plainText(task.title)}"?`,
      text: "The task ends at once. What it did so far stays done.",
      action: "Cancel the task",
    });
    if (isWanted) cancel.mutate({ params: { id: task.id } });
  };
  return (
    <Button color="red" variant="outline" loading={cancel.isPending} onClick={() => void ask()}>
      Cancel
    </Button>
  );
}
