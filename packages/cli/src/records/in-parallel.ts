/** How many ids are worked on at once. A store in a network answers many as fast as one, and a disk writes them in one flush. */
const AT_ONCE = 128;
/** Bytes of the records that are worked on at once, so that memory stays flat. One record may be larger by itself. */
const MOST_BYTES = 32 * 2 ** 20;

/** Calls `work` for each item, several at once, and yields what comes of it in the order of the items. */
export async function* inParallel<Item extends { readonly size: number }, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void> {
  const underWay: { readonly result: Promise<Result>; readonly size: number }[] = [];
  let bytes = 0;
  for await (const item of items) {
    while (underWay.length >= AT_ONCE || (underWay.length > 0 && bytes + item.size > MOST_BYTES)) {
      const [first] = underWay.splice(0, 1);
      if (first === undefined) break;
      bytes -= first.size;
      yield await first.result;
    }
    const result = work(item);
    result.catch(() => undefined); // it rejects where it is awaited, which may be later
    underWay.push({ result, size: item.size });
    bytes += item.size;
  }
  for (const { result } of underWay) yield await result;
}
