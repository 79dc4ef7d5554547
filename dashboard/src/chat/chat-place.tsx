// Conversations with agents: the list of them, and the one that is open, or a new one.

import { Button, Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { MessagesSquare, SquarePen } from "lucide-react";
import { useEffect } from "react";
import { Link, Route, Routes, useLocation, useParams } from "react-router";
import classes from "./chat.module.css";
import { Conversation } from "./conversation.tsx";
import { NewConversation } from "./new-conversation.tsx";
import { SessionList } from "./session-list.tsx";

export default function ChatPlace() {
  const [isListOpen, list] = useDisclosure();
  const { key } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes somewhere has used the list, also where they were
  useEffect(list.close, [key]);
  return (
    <div className={classes["place"] ?? ""}>
      <aside className={classes["side"] ?? ""} aria-label="Conversations">
        <Button
          component={Link}
          to="/ui/chat"
          variant="default"
          fullWidth
          leftSection={<SquarePen size={16} aria-hidden />}
        >
          New conversation
        </Button>
        <SessionList />
      </aside>
      <Drawer
        opened={isListOpen}
        onClose={list.close}
        title="Conversations"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <SessionList />
      </Drawer>
      <div className={classes["main"] ?? ""}>
        <div className={classes["narrowBar"] ?? ""}>
          <Button
            size="xs"
            variant="default"
            onClick={list.open}
            leftSection={<MessagesSquare size={16} aria-hidden />}
          >
            Conversations
          </Button>
          <Button
            component={Link}
            to="/ui/chat"
            size="xs"
            variant="default"
            leftSection={<SquarePen size={16} aria-hidden />}
          >
            New
          </Button>
        </div>
        <Routes>
          <Route index element={<NewConversation />} />
          <Route path=":session" element={<OpenConversation />} />
        </Routes>
      </div>
    </div>
  );
}

function OpenConversation() {
  const { session = "" } = useParams();
  return <Conversation key={session} id={session} />;
}
