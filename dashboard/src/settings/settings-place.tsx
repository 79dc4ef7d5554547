import { PageTitle } from "../parts/page-title.tsx";

export default function SettingsPlace() {
  return <PageTitle title="Settings" />;
}
