import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { t } from "~/i18n/t.ts";
import { childrenPerPage, openedAtFirst, type TreeRow, treeRows, type ValueRow } from "~/lib/json/rows.ts";

const rowHeight = 20;
const padding = 16;
const tallest = 420;

interface Opened {
  value: unknown;
  open: ReadonlySet<string>;
  shown: ReadonlyMap<string, number>;
  current: string;
}

const openedFor = (value: unknown): Opened => ({ value, open: openedAtFirst(value), shown: new Map(), current: "" });

/** Only the lines in view are in the page, so a value of any size scrolls smoothly. */
export function JsonTree({ label, value }: { label: string; value: unknown }) {
  const [kept, setKept] = useState(() => openedFor(value));
  // What was opened belongs to the value it was opened in.
  const state = kept.value === value ? kept : openedFor(value);
  const rows = useMemo(
    () => treeRows(value, { open: state.open, shown: state.shown }),
    [value, state.open, state.shown],
  );
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialRect: { width: 300, height: tallest },
  });
  const current = Math.max(
    0,
    rows.findIndex((row) => row.kind === "value" && row.pointer === state.current),
  );

  const move = (index: number) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (!row) return;
    setKept({ ...state, current: row.pointer });
    virtual.scrollToIndex(rows.indexOf(row));
  };
  const setOpen = (row: ValueRow, open: boolean) => {
    const next = new Set(state.open);
    if (open) next.add(row.pointer);
    else next.delete(row.pointer);
    setKept({ ...state, open: next, current: row.pointer });
  };
  const showMore = (row: Extract<TreeRow, { kind: "more" }>) =>
    setKept({ ...state, shown: new Map(state.shown).set(row.pointer, row.shown + childrenPerPage * 5) });

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current];
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 16, PageUp: -16, Home: -rows.length, End: rows.length }[
      event.key
    ];
    if (step !== undefined) move(current + step);
    else if (row?.kind !== "value" || row.size === null) return;
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") setOpen(row, event.key === "ArrowRight");
    else if (event.key === "Enter" || event.key === " ") setOpen(row, !row.open);
    else return;
    event.preventDefault();
  };

  return (
    <div ref={box} className="data-box" style={{ height: Math.min(rows.length * rowHeight + padding, tallest) }}>
      <div
        className="tree"
        role="tree"
        tabIndex={0}
        aria-label={label}
        aria-activedescendant={`${id}-${current}`}
        onKeyDown={onKeyDown}
      >
        <div className="tree-space" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (!row) return null;
            const place = { transform: `translateY(${start}px)`, "--depth": row.depth };
            return row.kind === "value" ? (
              <div
                key={index}
                id={`${id}-${index}`}
                className="tree-row"
                role="treeitem"
                tabIndex={-1}
                aria-level={row.depth + 1}
                aria-expanded={row.size === null ? undefined : row.open}
                data-current={index === current}
                style={place}
              >
                <ValueLine row={row} onToggle={() => setOpen(row, !row.open)} />
              </div>
            ) : (
              <div key={index} className="tree-row" role="none" style={place}>
                <button type="button" className="tree-more" onClick={() => showMore(row)}>
                  {t("data.showMore", { left: row.total - row.shown })}
                </button>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function ValueLine({ row, onToggle }: { row: ValueRow; onToggle: () => void }) {
  return (
    <>
      {row.size === null || row.size === 0 ? (
        <span className="tree-gap" />
      ) : (
        <button
          type="button"
          className="tree-twist"
          tabIndex={-1}
          data-open={row.open}
          aria-label={t(row.open ? "data.closeItem" : "data.openItem", { name: row.name ?? t("data.root") })}
          onClick={onToggle}
        >
          <ChevronRight size={12} />
        </button>
      )}
      {row.name !== null && (
        <>
          <span className="tree-name">{row.name}</span>
          <span className="tree-mark">: </span>
        </>
      )}
      <span className="tree-value">
        <Brief row={row} />
      </span>
    </>
  );
}

const longest = 2000;

function Brief({ row: { value, size, open } }: { row: ValueRow }) {
  if (typeof value === "string") return <span className="tree-string">{JSON.stringify(value.slice(0, longest))}</span>;
  if (typeof value === "number") return <span className="tree-number">{String(value)}</span>;
  if (size === null) return <span className="tree-word">{String(value)}</span>;
  const brackets = Array.isArray(value) ? "[]" : "{}";
  if (size === 0) return <span className="tree-mark">{brackets}</span>;
  const count = t(Array.isArray(value) ? "data.items" : "data.members", { count: size });
  return <span className="tree-mark">{open ? count : `${brackets[0]}…${brackets[1]} ${count}`}</span>;
}
