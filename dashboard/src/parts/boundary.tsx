// A part that breaks takes nothing else with it. Tells a part that broke from one that could not be loaded: a host that was updated
// has not the old one any more, and asking again gives the same failure until the page is loaded anew.

import { Component, type ReactNode } from "react";
import { type ApiError, toApiError } from "../api/api-error.ts";
import { ErrorNotice } from "./error-notice.tsx";
import { notLoaded } from "./not-loaded.ts";

interface BoundaryProps {
  readonly children: ReactNode;
  /** Instead of the notice. */
  readonly fallback?: ReactNode;
  onBroken?(error: ApiError, isNotLoaded: boolean): void;
}

interface State {
  readonly broken: { readonly thrown: unknown } | undefined;
}

export class Boundary extends Component<BoundaryProps, State> {
  override state: State = { broken: undefined };

  static getDerivedStateFromError(thrown: unknown): State {
    return { broken: { thrown } };
  }

  override componentDidCatch(thrown: unknown) {
    this.props.onBroken?.(errorOf(thrown), notLoaded(thrown));
  }

  override render() {
    const { broken } = this.state;
    if (broken === undefined) return this.props.children;
    if (this.props.fallback !== undefined) return this.props.fallback;
    return <BrokenNotice thrown={broken.thrown} again={() => this.setState({ broken: undefined })} />;
  }
}

interface BrokenNoticeProps {
  readonly thrown: unknown;
  /** Without it, only loading the page again helps. */
  readonly again?: () => void;
}

export function BrokenNotice({ thrown, again }: BrokenNoticeProps) {
  const error = errorOf(thrown);
  if (again !== undefined && !notLoaded(thrown)) return <ErrorNotice error={error} retry={again} />;
  return <ErrorNotice error={error} retry={() => location.reload()} retryWord="Load the page again" />;
}

function errorOf(thrown: unknown): ApiError {
  return notLoaded(thrown)
    ? toApiError(new Error("the host may have been updated, or does not answer"), "a part of the page was not loaded")
    : toApiError(thrown, "this page broke");
}
