/** The last part of an id: ids made in the same minute begin alike, so the end is what tells them apart. */
export const shortId = (id: string): string => (id.length > 12 ? id.slice(-8) : id);
