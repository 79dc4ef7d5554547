// How something stands: a word in sentence case, outlined, with a dot in a colour. The word says it all, the colour only helps.

import { Badge } from "@mantine/core";

export type StatusTone = "good" | "bad" | "waiting" | "busy" | "off";

const COLORS: Readonly<Record<StatusTone, string>> = {
  good: "green",
  bad: "red",
  waiting: "orange",
  busy: "blue",
  off: "gray",
};

interface StatusBadgeProps {
  readonly tone: StatusTone;
  /** In the dashboard's own words: "Not connected", never a word of the wire. */
  readonly children: string;
  /** What it means, for whoever points at it. */
  readonly title?: string;
}

export function StatusBadge({ tone, children, title }: StatusBadgeProps) {
  return (
    <Badge
      color={COLORS[tone]}
      variant="dot"
      style={{ flexShrink: 0, minWidth: "max-content" }}
      {...(title === undefined ? {} : { title })}
    >
      {children}
    </Badge>
  );
}
