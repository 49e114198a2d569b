import { useState } from "react";
import { t } from "~/i18n/t.ts";
import { CopyButton } from "../copy-button.tsx";
import { ViewSwitch } from "../tabs.tsx";
import { DataTable, tableColumns } from "./data-table.tsx";
import { JsonTree } from "./json-tree.tsx";
import "./value-view.css";

type View = "table" | "tree" | "text";

/** Any JSON value, of any size: as a table where it is one, as a tree, or as text. */
export function ValueView({ title, value }: { title: string; value: unknown }) {
  const columns = tableColumns(value);
  const views: View[] = [
    ...(columns ? (["table"] as const) : []),
    "tree",
    ...(isLongText(value) ? (["text"] as const) : []),
  ];
  const [wanted, setWanted] = useState<View | null>(null);
  const view = wanted && views.includes(wanted) ? wanted : (views[0] ?? "tree");
  return (
    <section className="value-view" aria-label={title}>
      <header className="value-view-head">
        <span className="grow">{title}</span>
        {views.length > 1 && (
          <ViewSwitch
            label={t("data.view")}
            items={views.map((id) => ({ id, label: t(`data.${id}`) }))}
            current={view}
            onChange={setWanted}
          />
        )}
        <CopyButton label={t("data.copy")} text={() => JSON.stringify(value, null, 2)} />
      </header>
      {view === "table" && columns && <DataTable columns={columns} rows={value as Record<string, unknown>[]} />}
      {view === "tree" && <JsonTree label={title} value={value} />}
      {view === "text" && <pre className="data-box data-text">{value as string}</pre>}
    </section>
  );
}

const isLongText = (value: unknown): boolean =>
  typeof value === "string" && (value.length > 60 || value.includes("\n"));
