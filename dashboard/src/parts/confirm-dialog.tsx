// The dialog that asks. The safe answer has the focus: whoever presses Enter without reading has done nothing.

import { Button, Group, Modal, Text } from "@mantine/core";
import { ArmedButton } from "./armed-button.tsx";
import type { OpenQuestion } from "./confirm.tsx";
import { useReturnFocus } from "./use-return-focus.ts";

export default function ConfirmDialog({ question }: { readonly question: OpenQuestion }) {
  const { title, text, action, opener, answer } = question;
  useReturnFocus(opener);
  return (
    <Modal
      opened
      onClose={() => answer(false)}
      title={<span className="plugin-text">{title}</span>}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Text className="plugin-text">{text}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" data-autofocus onClick={() => answer(false)}>
          Go back
        </Button>
        <ArmedButton color="red" onClick={() => answer(true)}>
          {action}
        </ArmedButton>
      </Group>
    </Modal>
  );
}
