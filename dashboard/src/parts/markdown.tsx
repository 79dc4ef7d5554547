// Markdown that a plugin or a model wrote. It is hostile: no HTML, no addresses but those of the web and of mail, no image is
// fetched, nothing is hidden. What draws it is loaded when there is something to draw.

import { Component, lazy, type ReactNode, Suspense } from "react";
import { isDrawable } from "./markdown-bounds.ts";
import { PlainDocument } from "./plain-document.tsx";

const MarkdownText = lazy(() => import("./markdown-text.tsx"));

export function Markdown({ text }: { readonly text: string }) {
  const asWritten = <PlainDocument text={text} />;
  if (!isDrawable(text)) return asWritten;
  return (
    <OrAsWritten text={text} asWritten={asWritten}>
      <Suspense fallback={asWritten}>
        <MarkdownText text={text} />
      </Suspense>
    </OrAsWritten>
  );
}

interface Props {
  readonly text: string;
  readonly asWritten: ReactNode;
  readonly children: ReactNode;
}

interface State {
  readonly text: string;
  readonly isFailed: boolean;
}

/** A text that cannot be drawn (too deep, too many parts) is shown as it was written, until it is another one. */
class OrAsWritten extends Component<Props, State> {
  override state: State = { text: this.props.text, isFailed: false };

  static getDerivedStateFromProps({ text }: Props, state: State): State | null {
    return text === state.text ? null : { text, isFailed: false };
  }

  static getDerivedStateFromError(): Partial<State> {
    return { isFailed: true };
  }

  override render() {
    return this.state.isFailed ? this.props.asWritten : this.props.children;
  }
}
