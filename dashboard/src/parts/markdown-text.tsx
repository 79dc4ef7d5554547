// Draws Markdown. What may be in a link, and that nothing is fetched, is decided here and nowhere else.

import { Anchor, Code, Table, Title, type TitleOrder } from "@mantine/core";
import type { ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import classes from "./markdown.module.css";
import { headingsInOrder, plainMarkdown } from "./markdown-tree.ts";
import { safeLink } from "./safe-link.ts";

export default function MarkdownText({ text }: { readonly text: string }) {
  return (
    <div className={`plugin-text ${classes["markdown"]}`}>
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[plainMarkdown, headingsInOrder]}
        components={COMPONENTS}
        // Links are judged where they are drawn.
        urlTransform={(url) => url}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}

const COMPONENTS: Components = {
  h2: ({ children }) => heading(2, "h3", children),
  h3: ({ children }) => heading(3, "h4", children),
  h4: ({ children }) => heading(4, "h5", children),
  h5: ({ children }) => heading(5, "h6", children),
  h6: ({ children }) => heading(6, "h6", children),
  a: ({ href, children }) => <SafeLink href={href}>{children}</SafeLink>,
  img: ({ src, alt }) => (
    <SafeLink href={typeof src === "string" ? src : undefined}>
      {alt === undefined || alt === "" ? "image" : `image: ${alt}`}
    </SafeLink>
  ),
  pre: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached with the keyboard
    <pre className={classes["code"] ?? ""} tabIndex={0}>
      {children}
    </pre>
  ),
  code: ({ children }) => <Code>{children}</Code>,
  table: ({ children }) => (
    <Table.ScrollContainer minWidth={0} type="native" tabIndex={0}>
      <Table withTableBorder>{children}</Table>
    </Table.ScrollContainer>
  ),
};

function heading(order: TitleOrder, size: `h${TitleOrder}`, children: ReactNode) {
  return (
    <Title order={order} size={size}>
      {children}
    </Title>
  );
}

/** Leads out of the dashboard, or is text: what a page of the host would do for somebody who is signed in is not for others to say. */
function SafeLink({ href, children }: { readonly href: string | undefined; readonly children: ReactNode }) {
  const link = safeLink(href);
  if (link === undefined) return <span>{children}</span>;
  return (
    <Anchor href={link} title={link} target="_blank" rel="noopener noreferrer nofollow" inherit underline="always">
      {children}
    </Anchor>
  );
}
