interface Page<T> {
  items: T[];
  next: string | null;
}

/** More than any console shows at once; a list that long says so instead of growing without end. */
const MOST_ITEMS = 2_000;
export const PAGE_LIMIT = 200;

/** All pages of a list, in order, up to a limit no real fair reaches. */
export async function everyPage<T>(fetchPage: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await fetchPage(cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor && items.length < MOST_ITEMS);
  return items;
}
