import type { ReceivedTrack } from '../../../client/media-receiver.ts';

/** auto: what the tile and the network allow; saver: the smallest picture; audio: no picture. */
export const qualities = ['auto', 'saver', 'audio'] as const;
export type Quality = (typeof qualities)[number];

/** Lines of the largest layer as senders of each seat start from it; each layer below has half of them. */
const FULL_LINES = { lead: 720, guest: 480 } as const;
/** A layer with this share of the lines shown looks as good as one with all of them. */
const ENOUGH = 0.8;

/** The highest layers worth their data for a tile of so many device pixels in height. */
export function layersFor(
  { layers, seat }: Pick<ReceivedTrack, 'layers' | 'seat'>,
  shownLines: number,
  quality: Quality,
): { spatial: number; temporal: number } {
  const top = { spatial: Math.max(0, layers.spatial - 1), temporal: Math.max(0, layers.temporal - 1) };
  if (quality === 'saver') return { spatial: 0, temporal: Math.max(0, top.temporal - 1) };
  let spatial = 0;
  while (spatial < top.spatial && FULL_LINES[seat] / 2 ** (top.spatial - spatial) < shownLines * ENOUGH) spatial += 1;
  return { spatial, temporal: top.temporal };
}
