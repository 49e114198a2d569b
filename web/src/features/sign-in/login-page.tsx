import { getRouteApi, useRouter } from "@tanstack/react-router";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import { useSignIn } from "~/api/queries/session.ts";
import { t } from "~/i18n/t.ts";
import { Button } from "~/ui/button.tsx";
import { TextField } from "~/ui/field.tsx";
import { Notice } from "~/ui/notice.tsx";
import { SignInCard } from "./sign-in-card.tsx";

const route = getRouteApi("/login");

export function LoginPage() {
  const { next } = route.useSearch();
  const router = useRouter();
  const signIn = useSignIn();
  const submit = (form: FormData) =>
    signIn.mutate(
      { email: String(form.get("email")), password: String(form.get("password")) },
      { onSuccess: () => router.history.push(ownPath(next)) },
    );
  return (
    <SignInCard title={t("login.title")} text={t("login.text")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        {signIn.error && <SignInProblem error={signIn.error} />}
        <TextField label={t("login.email")} name="email" type="email" autoComplete="username" required autoFocus />
        <TextField
          label={t("login.password")}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <Button type="submit" look="primary" disabled={signIn.isPending}>
          {t(signIn.isPending ? "login.pending" : "login.submit")}
        </Button>
      </form>
      <p className="muted">{t("login.linkHint")}</p>
    </SignInCard>
  );
}

function SignInProblem({ error }: { error: Error }) {
  if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) {
    return <Notice tone="bad" title={t("login.refused")} />;
  }
  const { title, text } = problemText(error);
  return (
    <Notice tone="bad" title={title}>
      {text}
    </Notice>
  );
}

/** Only a path of this product may be where signing in leads, whatever the address says. */
function ownPath(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}
