/** The stitched needle mark. */
export function BrandMark({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--primary)" />
      <path
        d="M6 20c4-9 8-9 10-4s5 5 10-4"
        fill="none"
        stroke="var(--primary-ink)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeDasharray="4.6 3.6"
      />
      <path d="M22.5 7.5l3.8 4.2" stroke="var(--accent)" strokeWidth="2.6" strokeLinecap="round" />
      <circle cx="6.2" cy="20.4" r="2.1" fill="var(--accent)" />
    </svg>
  );
}
