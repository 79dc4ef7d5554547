import { PageTitle } from "../parts/page-title.tsx";

export default function PluginsPlace() {
  return <PageTitle title="Plugins" />;
}
