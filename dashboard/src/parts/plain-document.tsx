// A long text as it was written, line by line.

import { Text } from "@mantine/core";
import { plainText } from "./plain-text.ts";

export function PlainDocument({ text }: { readonly text: string }) {
  return (
    <Text component="div" size="sm" className="plugin-text">
      {plainText(text)}
    </Text>
  );
}
