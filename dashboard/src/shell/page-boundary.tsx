// A page that breaks takes nothing else with it: the navigation stays, and going elsewhere tries again.

import { Component, type ReactNode } from "react";
import { useLocation } from "react-router";
import { toApiError } from "../api/api-error.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";

export function PageBoundary({ children }: { readonly children: ReactNode }) {
  const { pathname } = useLocation();
  return <Boundary key={pathname.split("/", 3).join("/")}>{children}</Boundary>;
}

class Boundary extends Component<{ readonly children: ReactNode }, { readonly broken: unknown }> {
  override state = { broken: undefined as unknown };

  static getDerivedStateFromError(broken: unknown) {
    return { broken };
  }

  override render() {
    if (this.state.broken === undefined) return this.props.children;
    const error = toApiError(this.state.broken, "this page broke");
    return <ErrorNotice error={error} retry={() => this.setState({ broken: undefined })} />;
  }
}
