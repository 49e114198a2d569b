import type { ExecutionStatus } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { FilterSelect } from "~/ui/select.tsx";
import { StatusIcon, statusLook, statusWord } from "~/ui/status.tsx";

const statuses: readonly ExecutionStatus[] = [
  "queued",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "timed_out",
  "cancelled",
];

export function StatusFilter({
  value,
  onChange,
}: {
  value: ExecutionStatus | undefined;
  onChange: (status: ExecutionStatus | undefined) => void;
}) {
  return (
    <FilterSelect
      label={t("executions.status")}
      value={value ?? ""}
      onChange={(chosen) => onChange(statuses.find((status) => status === chosen))}
      options={[
        { value: "", label: t("executions.any") },
        ...statuses.map((status) => ({
          value: status,
          label: statusWord(status),
          icon: (
            <span className={`tone-${statusLook[status].tone}`} style={{ display: "flex" }}>
              <StatusIcon status={status} />
            </span>
          ),
        })),
      ]}
    />
  );
}
