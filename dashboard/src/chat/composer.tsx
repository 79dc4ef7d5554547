// Where people write what they ask. Enter sends it, Shift and Enter begin a new line.

import { Button, Textarea } from "@mantine/core";
import { SendHorizontal, Square } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { CHAT_MESSAGE_CHARS_MAX } from "../../../src/protocol/limits.ts";
import classes from "./chat.module.css";
import { endDraft, setDraft, useDraft } from "./drafts.ts";

interface ComposerProps {
  /** Whose draft it is: its id, or `FIRST_QUESTION`. */
  readonly conversation: string;
  /** An answer is being made: then it can be stopped, and the next question waits. */
  readonly isAnswering: boolean;
  readonly isSending: boolean;
  /** What stands beside the button. */
  readonly children?: ReactNode;
  /** Gives false when it was not taken: then it stays to be sent again. */
  send(text: string): Promise<boolean>;
  stop?(): void;
}

export function Composer({ conversation, isAnswering, isSending, children, send, stop }: ComposerProps) {
  const text = useDraft(conversation);
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const mayStop = isAnswering && stop !== undefined;
  const submit = async () => {
    if (text.trim() === "" || isAnswering || isSending) return;
    if (await send(text)) endDraft(conversation, text);
    const focused = document.activeElement;
    if (focused === null || focused === document.body || form.current?.contains(focused)) field.current?.focus();
  };
  return (
    <form
      ref={form}
      className={classes["composer"] ?? ""}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Textarea
        ref={field}
        label="Message"
        autosize
        minRows={2}
        maxRows={10}
        maxLength={CHAT_MESSAGE_CHARS_MAX}
        value={text}
        onChange={(event) => setDraft(conversation, event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void submit();
        }}
      />
      <div className={classes["send"] ?? ""}>
        {children}
        {mayStop ? (
          <Button
            color="red"
            variant="outline"
            leftSection={<Square size={14} aria-hidden />}
            onClick={() => {
              stop();
              field.current?.focus();
            }}
          >
            Stop
          </Button>
        ) : (
          <Button type="submit" loading={isSending} leftSection={<SendHorizontal size={16} aria-hidden />}>
            Send
          </Button>
        )}
      </div>
    </form>
  );
}
