// Another title for a conversation.

import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { SESSION_TITLE_CHARS_MAX } from "../../../src/protocol/limits.ts";
import { useChange } from "../api/use-change.ts";
import { plainText } from "../parts/plain-text.ts";

interface RenameDialogProps {
  readonly row: { readonly id: string; readonly title: string };
  onClose(): void;
}

export function RenameDialog({ row, onClose }: RenameDialogProps) {
  const [title, setTitle] = useState(row.title);
  const rename = useChange("PATCH /sessions/{session}", {
    changes: ["sessions"],
    isFailureShown: true,
    onDone: onClose,
  });
  return (
    <Modal opened onClose={onClose} title="Rename this conversation" closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate({ params: { session: row.id }, body: { title } });
        }}
      >
        <TextInput
          data-autofocus
          label="Title"
          value={title}
          maxLength={SESSION_TITLE_CHARS_MAX}
          error={rename.error && plainText(rename.error.message)}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={rename.isPending}>
            Save
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
