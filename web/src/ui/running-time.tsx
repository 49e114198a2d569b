import { duration, stopwatch } from "~/lib/time.ts";
import { useNow } from "./use-now.ts";

/** How long something took, or a running clock while it has not ended. */
export function RunningTime({
  startedAt,
  endedAt,
  durationMs,
}: {
  startedAt: string | null;
  endedAt: string | null;
  durationMs: number | null;
}) {
  if (durationMs !== null) return <span className="num">{duration(durationMs)}</span>;
  if (startedAt === null) return <span className="muted">–</span>;
  if (endedAt !== null) return <span className="num">{duration(Date.parse(endedAt) - Date.parse(startedAt))}</span>;
  return <Clock since={Date.parse(startedAt)} />;
}

function Clock({ since }: { since: number }) {
  const now = useNow("fast");
  return (
    <span className="num" role="timer">
      {stopwatch(now - since)}
    </span>
  );
}
