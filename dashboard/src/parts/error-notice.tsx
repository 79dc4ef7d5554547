// A failure as people see it: what happened, what to do next, and trying again where that makes sense. Plugins have a say in what
// errors tell.

import { Alert, Anchor, Button, Code, Text } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { Link } from "react-router";
import type { ApiError } from "../api/api-error.ts";
import { plainText } from "./plain-text.ts";

interface ErrorNoticeProps {
  readonly error: Pick<ApiError, "code" | "message" | "hint">;
  readonly retry?: () => void;
  /** What the button that tries again says. */
  readonly retryWord?: string;
  /** An earlier answer stands below. */
  readonly isOldBelow?: boolean;
  readonly way?: WayOn;
}

/** Where people go on whom trying again does not help. */
export interface WayOn {
  readonly to: string;
  readonly text: string;
}

export function ErrorNotice({ error, retry, retryWord = "Try again", isOldBelow = false, way }: ErrorNoticeProps) {
  // What to type at a terminal then does not help whoever can follow a link.
  const hint = way !== undefined && error.code.endsWith("_unknown") ? undefined : error.hint;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<CircleAlert aria-hidden />}
      title={<span className="plugin-text">{plainText(error.message)}</span>}
      mb="md"
    >
      {hint !== undefined && (
        <Text size="sm" className="plugin-text">
          {plainText(hint)}
        </Text>
      )}
      {isOldBelow && <Text size="sm">What stands below may be old.</Text>}
      <Code>{plainText(error.code)}</Code>
      {retry !== undefined && (
        <Button size="xs" variant="default" ml="sm" onClick={retry}>
          {retryWord}
        </Button>
      )}
      {way !== undefined && (
        <Anchor component={Link} to={way.to} size="sm" underline="always" ml="sm">
          {way.text}
        </Anchor>
      )}
    </Alert>
  );
}
