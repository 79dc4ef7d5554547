// What rows are chosen by. Each field says at once what the host does not take.

import { Autocomplete, Button, Collapse, Group, Pill, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { ACTIVITY_KINDS } from "../../../src/protocol/insights-query.ts";
import type { ApiError } from "../api/api-error.ts";
import { useAnswer } from "../api/use-answer.ts";
import { plainText } from "../parts/plain-text.ts";
import type { Filter, FilterName } from "./filter.ts";

const STATUSES = ["error", "2xx", "4xx", "5xx"];
const TIMES = ["15m", "1h", "1d", "7d"];
/** Those that stand below, and are shown when one of them is set. */
const MORE: readonly FilterName[] = ["agent", "min_ms", "since", "until", "field"];

const NONE: readonly never[] = [];
/** Chosen by following a link: there is no field that could say what is wrong. */
const WITHOUT_FIELD: readonly unknown[] = ["trace", "task"] satisfies readonly FilterName[];
/** What the host says comes while somebody types: it is read out. */
const READ_OUT = { role: "alert" };

/** Whether a field of the bar says it. */
export function isOfField(error: ApiError): boolean {
  const param = error.details["param"];
  return param !== undefined && !WITHOUT_FIELD.includes(param);
}

interface FilterBarProps {
  readonly filter: Filter;
  /** What the host says of the filter. */
  readonly error: ApiError | null;
  set(name: FilterName, value: string): void;
  clear(): void;
}

/** Rows that come do not change it. */
export const FilterBar = memo(function FilterBar({ filter, error, set, clear }: FilterBarProps) {
  const [isMore, { toggle }] = useDisclosure(MORE.some((name) => filter[name] !== undefined));
  const { data } = useAnswer("GET /insights/plugins", {});
  const agents = useAnswer("GET /agents", {}).data?.agents;
  const agentChoices = useMemo(
    () => agents?.map(({ id, name }) => ({ value: id, label: plainText(name) })) ?? NONE,
    [agents],
  );
  const wrong = (name: FilterName): string | undefined =>
    error !== null && error.details["param"] === name ? error.message : undefined;
  const field = (name: FilterName) => ({ name, value: filter[name] ?? "", error: wrong(name), set });
  return (
    <search aria-label="Filter">
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="xs" mb="xs">
        <TextFilter label="Path contains" {...field("text")} />
        <Suggested label="Plugin" data={data?.plugins ?? NONE} {...field("plugin")} />
        <Choice label="Kind" data={ACTIVITY_KINDS} {...field("kind")} />
        <Suggested label="Status" placeholder="404, 4xx, error" data={STATUSES} {...field("status")} />
      </SimpleGrid>
      <Collapse expanded={isMore}>
        <SimpleGrid cols={{ base: 2, md: 5 }} spacing="xs" mb="xs">
          <Choice label="Agent" data={agentChoices} {...field("agent")} />
          <TextFilter label="Took at least (ms)" inputMode="numeric" {...field("min_ms")} />
          <Suggested label="Since" placeholder="15m, 2d or a time" data={TIMES} {...field("since")} />
          <TextFilter label="Until" placeholder="1h or a time" {...field("until")} />
          <TextFilter label="Log field" placeholder="user=7" {...field("field")} />
        </SimpleGrid>
      </Collapse>
      <Group gap="xs" mb="xs">
        <Button size="compact-sm" variant="subtle" onClick={toggle} aria-expanded={isMore}>
          {isMore ? "Fewer filters" : "More filters"}
        </Button>
        <Only name="Trace" id={filter.trace} remove={() => set("trace", "")} />
        <Only name="Task" id={filter.task} remove={() => set("task", "")} />
        {Object.keys(filter).length > 0 && (
          <Button size="compact-sm" variant="subtle" onClick={clear}>
            Clear filters
          </Button>
        )}
      </Group>
    </search>
  );
});

/** Each field is drawn again when something of it changes, and not with each letter in another one: that would be slow. */
interface FieldProps {
  readonly name: FilterName;
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly error: string | undefined;
  set(name: FilterName, value: string): void;
}

const TextFilter = memo(function TextFilter({
  name,
  set,
  value,
  ...props
}: FieldProps & { readonly inputMode?: "numeric" }) {
  const [text, setText] = useTyped(name, value, set);
  return (
    <TextInput
      size="xs"
      errorProps={READ_OUT}
      {...props}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
    />
  );
});

/** Any text, some of which are offered. */
const Suggested = memo(function Suggested({
  name,
  set,
  value,
  data,
  ...props
}: FieldProps & { readonly data: readonly string[] }) {
  const [text, setText] = useTyped(name, value, set);
  return (
    <Autocomplete
      size="xs"
      errorProps={READ_OUT}
      {...props}
      data={[...new Set(data)]}
      comboboxProps={{ keepMounted: false }}
      limit={100}
      value={text}
      onChange={setText}
      clearable
    />
  );
});

type Choices = readonly (string | { readonly value: string; readonly label: string })[];

const Choice = memo(function Choice({ name, set, value, data, ...props }: FieldProps & { readonly data: Choices }) {
  return (
    <Select
      size="xs"
      errorProps={READ_OUT}
      {...props}
      data={[...data]}
      value={value === "" ? null : value}
      onChange={(chosen) => set(name, chosen ?? "")}
      clearable
    />
  );
});

function Only({ name, id, remove }: { readonly name: string; readonly id: string | undefined; remove(): void }) {
  if (id === undefined) return null;
  return (
    <Pill
      withRemoveButton
      onRemove={remove}
      removeButtonProps={{ "aria-label": `Any ${name.toLowerCase()}`, tabIndex: 0, "aria-hidden": false }}
    >
      {`${name} ${plainText(id)}`}
    </Pill>
  );
}

/** What is typed is there at once; the address follows, and whatever else changes it is followed. */
function useTyped(name: FilterName, value: string, set: FieldProps["set"]): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current.trim()) return;
    sent.current = value;
    setText(value);
  }, [value]);
  return [
    text,
    (typed) => {
      sent.current = typed;
      setText(typed);
      set(name, typed);
    },
  ];
}
