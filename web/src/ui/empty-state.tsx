import type { ReactNode } from "react";
import "./panel.css";

interface EmptyStateProps {
  title: string;
  text: string;
  actions?: ReactNode;
  /** It is all there is on the page. */
  isPage?: boolean;
}

export function EmptyState({ title, text, actions, isPage = false }: EmptyStateProps) {
  const Heading = isPage ? "h1" : "h2";
  return (
    <div className="empty">
      <svg className="empty-art" viewBox="0 0 132 56" fill="none" aria-hidden="true">
        <rect x="1" y="16" width="36" height="24" rx="7" stroke="var(--line-2)" strokeWidth="1.5" />
        <rect x="95" y="16" width="36" height="24" rx="7" stroke="var(--line-2)" strokeWidth="1.5" />
        <path
          d="M37 28c18-26 40 26 58 0"
          stroke="var(--primary)"
          strokeWidth="2"
          strokeLinecap="round"
          strokeDasharray="7 5"
        />
        <circle cx="37" cy="28" r="4" fill="var(--accent)" />
      </svg>
      <Heading>{title}</Heading>
      <p>{text}</p>
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}
