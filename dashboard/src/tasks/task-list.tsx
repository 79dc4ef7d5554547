// All tasks, newest first: live, and by status.

import { Anchor, Code, NativeSelect, Table, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { isOver, TASK_STATUSES } from "../../../src/protocol/task.ts";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { Moment } from "../parts/moment.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { plainText } from "../parts/plain-text.ts";
import { STATUS_WORDS, TaskStatusBadge } from "./task-status.tsx";

type Row = Answer<"GET /tasks">["tasks"][number];

/** More than that nobody looks through; the terminal lists all. */
const LISTED_MAX = 200;

const FILTERS: readonly { readonly value: string; readonly label: string }[] = [
  { value: "", label: "All" },
  { value: "running,awaitingClarification", label: "Not over" },
  ...TASK_STATUSES.map((value) => ({ value, label: STATUS_WORDS[value] })),
];

export function TaskList() {
  const [search, setSearch] = useSearchParams();
  const wanted = search.get("status") ?? "";
  const status = FILTERS.some(({ value }) => value === wanted) ? wanted : "";
  const query = status === "" ? { limit: LISTED_MAX } : { status, limit: LISTED_MAX };
  const answer = useAnswer("GET /tasks", { query }, { keepsPrevious: true });
  return (
    <>
      <PageTitle title="Tasks">
        <NativeSelect
          aria-label="Status"
          data={[...FILTERS]}
          value={status}
          onChange={({ currentTarget: { value } }) =>
            setSearch(value === "" ? {} : { status: value }, { replace: true })
          }
        />
      </PageTitle>
      <Answered answer={answer}>
        {({ tasks }) => (tasks.length === 0 ? <Empty isFiltered={status !== ""} /> : <TaskTable tasks={tasks} />)}
      </Answered>
      {answer.data?.tasks.length === LISTED_MAX && (
        <Text size="sm" mt="sm">
          {`The newest ${LISTED_MAX} are shown. `}
          <Code>osaurus tasks list --limit</Code> in a terminal shows more.
        </Text>
      )}
    </>
  );
}

function Empty({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <Text>No task has this status now.</Text>;
  return (
    <Text maw="60ch">
      Tasks are runs of agents that go on by themselves. Plugins begin them, for instance when a message comes in. There
      is none yet.
    </Text>
  );
}

function TaskTable({ tasks }: { readonly tasks: readonly Row[] }) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing="sm" captionSide="top">
        <Table.Caption ta="left">Tasks, newest first</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Task</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Plugin</Table.Th>
            <Table.Th>Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tasks.map((task) => (
            <Table.Tr key={task.id}>
              <Table.Td maw={420}>
                <Anchor component={Link} to={task.id} fw={600} className="plugin-text">
                  {plainText(task.title) || task.id}
                </Anchor>
                <Text size="sm" className="plugin-text" lineClamp={2}>
                  {plainText(said(task))}
                </Text>
              </Table.Td>
              <Table.Td>
                <TaskStatusBadge status={task.status} />
              </Table.Td>
              <Table.Td className="plugin-text">{plainText(task.plugin_id)}</Table.Td>
              <Table.Td>
                <Moment time={task.updated_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What is most worth knowing of a task, in a line. */
function said({ status, question, current_step, summary }: Row): string {
  if (question !== null) return question.question;
  return (isOver({ status }) ? summary : current_step) ?? "";
}
