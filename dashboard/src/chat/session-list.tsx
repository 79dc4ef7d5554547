// The conversations that are kept, those first that were used last.

import { ActionIcon, Badge, Menu, Select, Skeleton, Text } from "@mantine/core";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { useConfirm } from "../parts/confirm.tsx";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import classes from "./chat.module.css";
import { RenameDialog } from "./rename-dialog.tsx";

type Row = Answer<"GET /sessions">["sessions"][number];

const LISTED = 100;

export function SessionList() {
  const [agent, setAgent] = useState<string | null>(null);
  const agents = useAnswer("GET /agents", {});
  const query = { limit: LISTED, ...(agent === null ? {} : { agent }) };
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
      {list.error !== null && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.data === undefined && list.error === null && <Skeleton h={160} />}
      {list.data?.sessions.length === 0 && <Text size="sm">Conversations with agents stand here.</Text>}
      {list.data !== undefined && list.data.sessions.length > 0 && (
        <ul className={classes["list"] ?? ""}>
          {list.data.sessions.map((row) => (
            <SessionRow key={row.id} row={row} agentName={names.size > 1 ? names.get(row.agent_id) : undefined} />
          ))}
        </ul>
      )}
    </>
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
  const confirm = useConfirm();
  const navigate = useNavigate();
  const remove = useChange("DELETE /sessions/{session}", { changes: ["sessions"], done: "Conversation deleted" });
  const askToDelete = async () => {
    const text = `"${title}" and all that was said in it is gone then. What tools did is not undone.`;
    if (!(await confirm({ title: "Delete this conversation?", text, action: "Delete" }))) return;
    // Nothing asks for it any more once it is gone.
    if (isActive) await navigate("/ui/chat");
    remove.mutate({ params: { session: row.id } });
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More about ${title}`}>
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
      {isRenaming && <RenameDialog row={row} onClose={() => setRenaming(false)} />}
    </>
  );
}
