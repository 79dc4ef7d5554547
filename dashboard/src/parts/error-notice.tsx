// A failure as people see it: what happened, what to do next, and trying again where that makes sense.

import { Alert, Button, Code, Text } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import type { ApiError } from "../api/api-error.ts";

export function ErrorNotice({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <Alert color="red" variant="light" role="alert" icon={<CircleAlert aria-hidden />} title={error.message} mb="md">
      {error.hint !== undefined && <Text size="sm">{error.hint}</Text>}
      <Code>{error.code}</Code>
      {retry !== undefined && (
        <Button size="xs" variant="default" ml="sm" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
