import type { ReactNode } from "react";
import { t } from "~/i18n/t.ts";
import { BrandMark } from "~/ui/brand.tsx";
import "~/ui/panel.css";
import "./sign-in.css";

export function SignInCard({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <main className="sign-in">
      <section className="panel sign-in-card">
        <div className="row">
          <BrandMark size={36} />
          <b style={{ fontSize: 17, fontWeight: 680 }}>{t("product.name")}</b>
        </div>
        <div>
          <h1>{title}</h1>
          <p className="muted">{text}</p>
        </div>
        {children}
      </section>
    </main>
  );
}
