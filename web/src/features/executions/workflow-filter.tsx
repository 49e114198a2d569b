import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { workflowQuery, workflowSearchQuery } from "~/api/queries/workflows.ts";
import { t } from "~/i18n/t.ts";
import { SearchSelect } from "~/ui/search-select.tsx";

interface WorkflowFilterProps {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

/** Only the executions of one workflow, which the server looks for. */
export function WorkflowFilter({ value, onChange }: WorkflowFilterProps) {
  const [search, setSearch] = useState("");
  const text = useDeferredValue(search.trim());
  const found = useQuery({ ...workflowSearchQuery(text), placeholderData: keepPreviousData });
  const one = useQuery({ ...workflowQuery(value ?? ""), enabled: value !== undefined });
  const any = { value: "", label: t("executions.any") };
  const options = (found.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <SearchSelect
      label={t("executions.workflow")}
      any={any}
      chosen={value === undefined ? any : { value, label: one.data?.workflow.name ?? value }}
      options={text === "" ? [any, ...options] : options}
      searchLabel={t("workflows.search")}
      search={search}
      onSearch={setSearch}
      onChange={(id) => onChange(id || undefined)}
      note={found.data?.next_cursor ? t("executions.moreWorkflows") : null}
    />
  );
}
