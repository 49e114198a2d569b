import { useState } from "react";
import { locale, t } from "~/i18n/t.ts";
import { Button } from "../button.tsx";

const rowsPerPage = 50;
const mostColumns = 12;

/** The columns of a list of flat records; null when the value is something else. */
export function tableColumns(value: unknown): string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const columns = new Set<string>();
  for (const row of value.slice(0, rowsPerPage)) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) return null;
    for (const key of Object.keys(row)) columns.add(key);
  }
  return columns.size > 0 && columns.size <= mostColumns ? [...columns] : null;
}

export function DataTable({ columns, rows }: { columns: string[]; rows: readonly Record<string, unknown>[] }) {
  const [shown, setShown] = useState(rowsPerPage);
  return (
    <>
      <div className="data-table-box">
        <table className="data-table">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" className={typeof rows[0]?.[column] === "number" ? "number" : undefined}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of data have no identity but their place.
              <tr key={index}>
                {columns.map((column) => (
                  <Cell key={column} value={row[column]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown && (
        <div className="row data-note">
          <span className="grow">{t("data.rowsShown", { shown, total: rows.length })}</span>
          <Button small look="ghost" onClick={() => setShown(shown + rowsPerPage * 4)}>
            {t("data.more")}
          </Button>
        </div>
      )}
    </>
  );
}

function Cell({ value }: { value: unknown }) {
  if (typeof value === "number") return <td className="number">{value.toLocaleString(locale)}</td>;
  const text = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return <td title={text.length > 24 ? text.slice(0, 500) : undefined}>{text.slice(0, 200)}</td>;
}
