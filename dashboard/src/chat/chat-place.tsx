import { PageTitle } from "../parts/page-title.tsx";

export default function ChatPlace() {
  return <PageTitle title="Chat" />;
}
