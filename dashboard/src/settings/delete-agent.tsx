// Deletes an agent, after a question.

import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { useNavigate } from "react-router";
import { useChange } from "../api/use-change.ts";
import { useConfirm } from "../parts/confirm.tsx";
import { Section } from "./section.tsx";

interface DeleteAgentProps {
  readonly id: string;
  readonly name: string;
  /** From now on there is no such agent to ask for. */
  onDeleted(): void;
}

export function DeleteAgent({ id, name, onDeleted }: DeleteAgentProps) {
  const navigate = useNavigate();
  const confirm = useConfirm();
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  const remove = useChange("DELETE /agents/{agent}", {
    changes: ["agents", "keys", "permissions", "sessions", "tasks"],
    done: `${name} is deleted`,
    onDone() {
      // Whoever went elsewhere meanwhile stays there.
      if (!isHere.current) return;
      // Before what was changed is asked for again.
      flushSync(onDeleted);
      void navigate("/ui/settings/agents");
    },
  });
  const ask = async () => {
    const isSure = await confirm({
      title: `Delete ${name}?`,
      text: "Its conversations, settings, decisions about tools and access keys go with it. This cannot be undone.",
      action: "Delete",
    });
    if (isSure) remove.mutate({ params: { agent: id } });
  };
  return (
    <Section
      title="Delete this agent"
      about="Its conversations, settings, decisions about tools and access keys go with it."
      actions={
        <Button color="red" variant="outline" loading={remove.isPending} onClick={() => void ask()}>
          Delete
        </Button>
      }
    />
  );
}
