import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { LoaderCircle } from "lucide-react";
import { useEffect, useEffectEvent, useRef } from "react";
import { useSignInByLink } from "~/api/queries/session.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Notice } from "~/ui/notice.tsx";
import { SignInCard } from "./sign-in-card.tsx";

const route = getRouteApi("/sign-in");

/** Trades the one-time token of the printed link for a session. */
export function LinkPage() {
  const { token } = route.useSearch();
  const router = useRouter();
  const signIn = useSignInByLink();
  const sent = useRef(false);
  const trade = useEffectEvent((link: string) => {
    // The token works only once, so it must not be sent twice.
    sent.current = true;
    signIn.mutate(link, { onSuccess: () => void router.navigate({ ...paths.workflows(), replace: true }) });
  });
  useEffect(() => {
    if (token && !sent.current) trade(token);
  }, [token]);

  if (!token || signIn.isError) {
    return (
      <SignInCard title={t("link.failedTitle")} text={t("link.failedText")}>
        <Notice tone="wait" title={t("link.failedHint")} />
        <Link {...paths.login()} className={buttonClass({ look: "primary" })}>
          {t("link.toLogin")}
        </Link>
      </SignInCard>
    );
  }
  return (
    <SignInCard title={t("link.title")} text={t("link.text")}>
      <div className="row muted" role="status">
        <LoaderCircle size={16} className="spin" aria-hidden="true" />
        {t("login.pending")}
      </div>
    </SignInCard>
  );
}
