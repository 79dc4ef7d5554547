import { PageTitle } from "../parts/page-title.tsx";

export function SignIn() {
  return <PageTitle title="Sign in" />;
}
