import { PageTitle } from "../parts/page-title.tsx";

export default function TasksPlace() {
  return <PageTitle title="Tasks" />;
}
