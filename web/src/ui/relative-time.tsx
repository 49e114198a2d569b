import { locale } from "~/i18n/t.ts";
import { exactTime, relativeTime } from "~/lib/time.ts";
import { useNow } from "./use-now.ts";

/** When something happened, as a distance; the exact time shows on hover. */
export function RelativeTime({ at }: { at: string }) {
  const now = useNow();
  const date = new Date(at);
  // A clock that runs behind the server's must not make the past look like the future.
  const seen = date.getTime() > now ? new Date(Math.max(now, date.getTime())) : new Date(now);
  return (
    <time dateTime={at} title={exactTime(date, locale)} className="num">
      {relativeTime(date, seen, locale)}
    </time>
  );
}
