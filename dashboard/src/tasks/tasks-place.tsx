// Tasks: runs of agents that go on by themselves. The list, and one task.

import { Route, Routes } from "react-router";
import { NotFound } from "../shell/not-found.tsx";
import { TaskList } from "./task-list.tsx";
import { TaskPage } from "./task-page.tsx";

export default function TasksPlace() {
  return (
    <Routes>
      <Route index element={<TaskList />} />
      <Route path=":task" element={<TaskPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
