import { PageTitle } from "../parts/page-title.tsx";

export default function InsightsPlace() {
  return <PageTitle title="Insights" />;
}
