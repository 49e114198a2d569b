import type { CSSProperties } from "react";
import { isTerminal } from "~/api/queries/executions.ts";
import type { Execution, Step } from "~/api/types.ts";
import type { Graph } from "~/graph/document.ts";
import type { NodeStates } from "~/graph/node-states.ts";
import { t } from "~/i18n/t.ts";
import { duration } from "~/lib/time.ts";
import { StatusIcon, statusLook, statusWord } from "~/ui/status.tsx";
import { useNow } from "~/ui/use-now.ts";
import { frameOf, type TimelineRow, ticks, timelineRows } from "./timeline-spans.ts";

interface TimelineProps {
  execution: Execution;
  steps: readonly Step[];
  bodies: Graph["bodies"] | null;
  states: NodeStates;
  nameOf: (nodeId: string) => string;
  selected: string | null;
  onSelect: (nodeId: string) => void;
}

/** A waterfall of the steps. Names are buttons, because the bars of quick steps are too short to hit. */
export function Timeline(props: TimelineProps) {
  return isTerminal(props.execution.status) ? <Chart {...props} nowMs={0} /> : <RunningTimeline {...props} />;
}

function RunningTimeline(props: TimelineProps) {
  return <Chart {...props} nowMs={useNow("fast")} />;
}

function Chart({
  execution,
  steps,
  bodies,
  states,
  nameOf,
  selected,
  onSelect,
  nowMs,
}: TimelineProps & { nowMs: number }) {
  const frame = frameOf(execution, steps, nowMs);
  return (
    <div className="timeline">
      <Patterns />
      <Axis lengthMs={frame.lengthMs} />
      {timelineRows({ steps, bodies, states, frame, nowMs }).map((row) => (
        <button
          key={row.nodeId}
          type="button"
          className={`timeline-row ${row.status}`}
          aria-pressed={row.nodeId === selected}
          onClick={() => onSelect(row.nodeId)}
        >
          <span className="timeline-name" style={indent(row.depth)}>
            <span className={`tone-${statusLook[row.status].tone}`} style={{ display: "flex" }}>
              <StatusIcon status={row.status} />
            </span>
            <span className="truncate">{nameOf(row.nodeId)}</span>
            <span className="sr-only">{statusWord(row.status)}</span>
          </span>
          <Lane row={row} />
          <span className="timeline-took num">{took(row)}</span>
        </button>
      ))}
    </div>
  );
}

/** What a block runs is set in below it. */
const indent = (depth: number): CSSProperties => ({ paddingInlineStart: 14 + depth * 16 });

function Lane({ row }: { row: TimelineRow }) {
  return (
    <svg className="timeline-lane" aria-hidden="true">
      <line x1="0" x2="0" y1="0" y2="30" />
      {row.spans.map((span) => (
        <rect
          key={span.key}
          className={`span ${span.status}`}
          x={percent(Math.min(span.start, 0.995))}
          y="9"
          width={percent(Math.max(span.width, 0.005))}
          height="12"
          rx="3"
        />
      ))}
    </svg>
  );
}

function Axis({ lengthMs }: { lengthMs: number }) {
  return (
    <div className="timeline-row timeline-axis" aria-hidden="true">
      <span />
      <svg className="timeline-lane num" aria-hidden="true">
        {ticks(lengthMs).map((at) => (
          <text key={at} x={percent(at / lengthMs)} y="19">
            {at === 0 ? "0" : duration(at).replace(/\.0+ /, " ")}
          </text>
        ))}
      </svg>
      <span />
    </div>
  );
}

/** Stripes tell running and waiting from the rest without colour. */
function Patterns() {
  return (
    <svg width="0" height="0" style={{ position: "absolute" }} aria-hidden="true">
      <defs>
        <pattern id="stripes-running" width="12" height="12" patternUnits="userSpaceOnUse">
          <rect width="12" height="12" fill="color-mix(in srgb, var(--run) 45%, var(--surface))" />
          <rect width="8" height="12" fill="var(--run)" />
        </pattern>
        <pattern id="stripes-waiting" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="7" height="7" fill="var(--wait-soft)" />
          <rect width="3" height="7" fill="var(--wait)" />
        </pattern>
      </defs>
    </svg>
  );
}

function took(row: TimelineRow): string {
  if (row.status === "skipped") return statusWord("skipped").toLowerCase();
  if (row.rounds > 1) return t("canvas.rounds", { count: row.rounds });
  if (row.attempts > 1) return t("timeline.tries", { count: row.attempts });
  return row.tookMs === null ? "" : duration(row.tookMs);
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;
