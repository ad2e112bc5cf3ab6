/** An address space drawn to scale: what is in view, at which pixel, at any zoom. */

/** First address and number of bytes in view. */
export type View = { start: number; span: number };
/** All that there is to see; `end` is the first address beyond. */
export type Limits = { start: number; end: number };

export type Box = { start: number; size: number; kind: string; name: string; detail?: string };
/** Boxes of one row do not overlap and are sorted by address. */
export type BoxRow = { title: string; boxes: readonly Box[] };

/** A box on the screen, or several that are too narrow to be told apart. `left` and `width` in pixels. */
export type PlacedBox = { left: number; width: number; kind: string } & ({ box: Box } | { many: number; start: number; size: number });

/** Nothing is gained by looking closer than at so many bytes. */
const smallestSpan = 64;
/** Boxes narrower than this are marks without a frame, in pixels. */
const narrow = 3;
/** What is narrower joins its neighbour; nothing is drawn narrower. */
const visible = 2;

/** The view moved and cut so that it lies within the limits. */
export function within({ start, span }: View, limits: Limits): View {
  const all = limits.end - limits.start;
  const size = Math.min(all, Math.max(Math.min(smallestSpan, all), span));
  return { start: Math.min(Math.max(limits.start, Math.floor(start)), limits.end - size), span: size };
}

/** Closer (`factor` below 1) or further away, while `anchor` stays where it is on the screen. */
export function zoomed(view: View, factor: number, anchor: number, limits: Limits): View {
  const span = within({ start: view.start, span: view.span * factor }, limits).span;
  return within({ start: anchor - ((anchor - view.start) * span) / view.span, span }, limits);
}

/** Moved by a part of its own width; 1 is a whole screen to higher addresses. */
export function panned(view: View, screens: number, limits: Limits): View {
  return within({ start: view.start + view.span * screens, span: view.span }, limits);
}

/** The whole stretch with a little air on both sides. */
export function fitted({ start, size }: { start: number; size: number }, limits: Limits): View {
  return within({ start: start - size * 0.03, span: size * 1.06 }, limits);
}

/** Index of the first box that ends beyond an address. */
export function firstBeyond(boxes: readonly { start: number; size: number }[], address: number): number {
  let low = 0;
  let high = boxes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boxes[middle].start + boxes[middle].size > address) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The box of a row at an address. */
export function boxAt<T extends { start: number; size: number }>(boxes: readonly T[], address: number): T | undefined {
  const box = boxes.at(firstBeyond(boxes, address));
  return box && box.start <= address && address < box.start + box.size ? box : undefined;
}

/** Boxes in view, in order; at most `limit`, and how many there are. */
export function boxesIn(boxes: readonly Box[], { start, span }: View, limit: number): { boxes: readonly Box[]; total: number } {
  const first = firstBeyond(boxes, start);
  let end = first;
  while (end < boxes.length && boxes[end].start < start + span) end++;
  return { boxes: boxes.slice(first, Math.min(end, first + limit)), total: end - first };
}

/** Places the boxes in view on `width` pixels. Never more than half as many as pixels, whatever the number of boxes. */
export function placed(boxes: readonly Box[], { start, span }: View, width: number): PlacedBox[] {
  const scale = width / span;
  const out: PlacedBox[] = [];
  /** Where the screen is still empty. */
  let cursor = 0;
  for (let i = firstBeyond(boxes, start); i < boxes.length && boxes[i].start < start + span; i++) {
    const box = boxes[i];
    const exact = (box.start - start) * scale;
    const right = Math.min(width, (box.start + box.size - start) * scale);
    const left = Math.min(width, Math.max(cursor, exact));
    const room = right - left;
    const last = out.at(-1);
    const joins = last && last.width < narrow && ((exact < cursor + 1 && room < visible) || left > width - 1);
    if (joins) out[out.length - 1] = joined(last, box);
    else out.push({ left, width: Math.min(Math.max(visible, room), width - left), kind: box.kind, box });
    const end = out.at(-1);
    if (end) cursor = end.left + end.width;
  }
  return out;
}

/** A narrow mark that stands for one more box. */
function joined(mark: PlacedBox, box: Box): PlacedBox {
  const { left, width, kind } = mark;
  const start = 'box' in mark ? mark.box.start : mark.start;
  return { left, width, kind, many: 'box' in mark ? 2 : mark.many + 1, start, size: box.start + box.size - start };
}

/** Round addresses to write on an axis of `width` pixels, about 110 pixels apart. */
export function ticks({ start, span }: View, width: number): { address: number; left: number }[] {
  if (width <= 0) return [];
  const step = 2 ** Math.max(0, Math.ceil(Math.log2((span / width) * 110)));
  const out: { address: number; left: number }[] = [];
  for (let address = Math.ceil(start / step) * step; address < start + span; address += step)
    out.push({ address, left: ((address - start) / span) * width });
  return out;
}
