// A failure as people see it: what happened, what to do next, and trying again where that makes sense. Plugins have a say in what
// errors tell.

import { Alert, Button, Code, Text } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import type { ApiError } from "../api/api-error.ts";
import { plainText } from "./plain-text.ts";

export function ErrorNotice({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<CircleAlert aria-hidden />}
      title={<span className="plugin-text">{plainText(error.message)}</span>}
      mb="md"
    >
      {error.hint !== undefined && (
        <Text size="sm" className="plugin-text">
          {plainText(error.hint)}
        </Text>
      )}
      <Code>{error.code}</Code>
      {retry !== undefined && (
        <Button size="xs" variant="default" ml="sm" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
