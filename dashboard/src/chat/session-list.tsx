// The conversations that are kept, those first that were used last.

import { ActionIcon, Badge, Button, Menu, Select, Skeleton, Text } from "@mantine/core";
import { Ellipsis } from "lucide-react";
import { useRef, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { SESSIONS_LISTED_DEFAULT, SESSIONS_LISTED_MAX } from "../../../src/protocol/limits.ts";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { Answered } from "../parts/answered.tsx";
import { useConfirm } from "../parts/confirm.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import classes from "./chat.module.css";
import { RenameDialog } from "./rename-dialog.tsx";

type Row = Answer<"GET /sessions">["sessions"][number];

export function SessionList() {
  const [agent, setAgent] = useState<string | null>(null);
  const [limit, setLimit] = useState(SESSIONS_LISTED_DEFAULT);
  const agents = useAnswer("GET /agents", {});
  const query = { limit, ...(agent === null ? {} : { agent }) };
  const list = useAnswer("GET /sessions", { query }, { keepsPrevious: true });
  const names = new Map(agents.data?.agents.map(({ id, name }) => [id, name]));
  return (
    <>
      {names.size > 1 && (
        <Select
          size="xs"
          aria-label="Show conversations with"
          placeholder="All agents"
          clearable
          data={[...names].map(([value, label]) => ({ value, label: plainText(label) }))}
          value={agent}
          onChange={setAgent}
        />
      )}
      <Answered answer={list} loading={<Skeleton h={160} role="status" aria-label="Loading" />}>
        {({ sessions }) =>
          sessions.length === 0 ? (
            <Text size="sm">Conversations with agents stand here.</Text>
          ) : (
            <ul className={classes["list"] ?? ""}>
              {sessions.map((row) => (
                <SessionRow key={row.id} row={row} agentName={names.size > 1 ? names.get(row.agent_id) : undefined} />
              ))}
              {sessions.length >= limit && (
                <li>
                  <Older limit={limit} show={setLimit} isLoading={list.isPlaceholderData} />
                </li>
              )}
            </ul>
          )
        }
      </Answered>
    </>
  );
}

interface OlderProps {
  /** As many are shown. */
  readonly limit: number;
  readonly isLoading: boolean;
  show(limit: number): void;
}

function Older({ limit, isLoading, show }: OlderProps) {
  if (limit >= SESSIONS_LISTED_MAX) return <Text size="sm">{`The newest ${limit} are shown.`}</Text>;
  const more = Math.min(limit + SESSIONS_LISTED_DEFAULT, SESSIONS_LISTED_MAX);
  return (
    <Button size="xs" variant="default" fullWidth loading={isLoading} onClick={() => show(more)}>
      Show more
    </Button>
  );
}

function SessionRow({ row, agentName }: { readonly row: Row; readonly agentName: string | undefined }) {
  const { pathname } = useLocation();
  const path = `/ui/chat/${row.id}`;
  const isActive = pathname === path;
  const title = plainText(row.title);
  return (
    <li className={classes["row"] ?? ""} data-active={isActive || undefined}>
      <Link to={path} className={classes["link"] ?? ""} aria-current={isActive ? "page" : undefined}>
        <span className={classes["title"] ?? ""} title={title}>
          {title}
        </span>
        <span className={classes["facts"] ?? ""}>
          {agentName !== undefined && `${plainText(agentName)} · `}
          {row.is_running ? (
            <Badge size="xs" variant="outline">
              Answering
            </Badge>
          ) : (
            <Moment time={row.updated_at} />
          )}
        </span>
      </Link>
      <RowMenu row={row} title={title} isActive={isActive} />
    </li>
  );
}

function RowMenu({ row, title, isActive }: { readonly row: Row; readonly title: string; readonly isActive: boolean }) {
  const [isRenaming, setRenaming] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const confirm = useConfirm();
  const navigate = useNavigate();
  const remove = useChange("DELETE /sessions/{session}", { changes: ["sessions"], done: "Conversation deleted" });
  const askToDelete = async () => {
    // The menu goes: whoever does not delete it comes back to its button.
    button.current?.focus();
    const text = `"${title}" and all that was said in it is gone then. What tools did is not undone.`;
    if (!(await confirm({ title: "Delete this conversation?", text, action: "Delete" }))) return;
    // Nothing asks for it any more once it is gone.
    if (isActive) await navigate("/ui/chat");
    remove.mutate({ params: { session: row.id } });
  };
  const endRenaming = () => {
    setRenaming(false);
    button.current?.focus();
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon ref={button} variant="subtle" color="gray" aria-label={`More about ${title}`}>
            <Ellipsis size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setRenaming(true)}>Rename</Menu.Item>
          <Menu.Item color="red" onClick={() => void askToDelete()}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isRenaming && <RenameDialog row={row} onClose={endRenaming} />}
    </>
  );
}
