/** The item nearest to time `t`, the earlier in the list of two as near; undefined where there is none, or none within `within`. */
export function nearestByTime<Item extends { readonly t: number }>(items: Iterable<Item>, t: number, within = Infinity): Item | undefined {
  let best: Item | undefined;
  for (const item of items) if (!best || Math.abs(item.t - t) < Math.abs(best.t - t)) best = item;
  return best && Math.abs(best.t - t) <= within ? best : undefined;
}
