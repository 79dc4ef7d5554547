// A text that may be long, of which the beginning is shown until somebody wants all of it.

import { Anchor, Box, Text } from "@mantine/core";
import { useId, useLayoutEffect, useRef, useState } from "react";
import { plainText } from "./plain-text.ts";

const HEIGHT_PX = 110;

/** Not the library's `Spoiler`: each of those is a landmark without a name. */
export function LongText({ text }: { readonly text: string }) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [isLong, setIsLong] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  useLayoutEffect(() => {
    const inner = box.current!;
    const look = () => setIsLong(inner.scrollHeight > HEIGHT_PX);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(inner);
    return () => observer.disconnect();
  }, []);
  return (
    <div>
      <Box id={id} mah={isOpen ? undefined : HEIGHT_PX} style={{ overflow: "hidden" }}>
        <div ref={box}>
          <Text size="sm" className="plugin-text">
            {plainText(text)}
          </Text>
        </div>
      </Box>
      {isLong && (
        <Anchor
          component="button"
          type="button"
          size="sm"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? "Show less" : "Show all of it"}
        </Anchor>
      )}
    </div>
  );
}
