const units = ["KB", "MB", "GB", "TB"] as const;

/** A size as people read it: `980 bytes`, `64.0 KB`, `35.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  const power = Math.min(units.length, Math.floor(Math.log10(count) / 3));
  return `${(Math.floor((count / 1000 ** power) * 10) / 10).toFixed(1)} ${units[power - 1]}`;
}
