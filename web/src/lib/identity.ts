const numbers = new WeakMap<object, number>();
let last = 0;

/** A number that stands for this very object, for keys that would be too large with its content; 0 for null. */
export function identity(object: object | null): number {
  if (object === null) return 0;
  const known = numbers.get(object);
  if (known) return known;
  last += 1;
  numbers.set(object, last);
  return last;
}
