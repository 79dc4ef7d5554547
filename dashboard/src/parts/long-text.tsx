// A text that may be long, of which the beginning is shown until somebody wants all of it.

import { Spoiler, Text } from "@mantine/core";
import { plainText } from "./plain-text.ts";

const HEIGHT_PX = 110;

export function LongText({ text }: { readonly text: string }) {
  return (
    <Spoiler maxHeight={HEIGHT_PX} showLabel="Show all of it" hideLabel="Show less">
      <Text size="sm" className="plugin-text">
        {plainText(text)}
      </Text>
    </Spoiler>
  );
}
