import type { ReceivedTrack } from '../../../client/media-receiver.ts';
import type { StageGuest } from '../../../contract/index.ts';

/** One picture with a name that outlives reconnections, so that its element does too. */
export interface Picture {
  key: string;
  received: ReceivedTrack;
  /** Whose it is; null for the lead's. */
  guest: StageGuest | null;
}

export interface PictureLayout {
  main: Picture | null;
  /** The lead's other pictures, and the lead's own while a guest is the main one. */
  insets: Picture[];
  /** Everybody else on stage, with a picture or without. */
  guests: { guest: StageGuest; picture: Picture | null }[];
}

export interface PictureLayoutInput {
  tracks: readonly ReceivedTrack[];
  guests: readonly StageGuest[];
  /** The key of the picture that this viewer wants large, if any. */
  chosen: string | null;
  /** The own speaker key: one's own picture is not shown as it comes back from the server. */
  selfKey: string | null;
}

/** What the lead shows is worth looking at in this order. */
const order: readonly ReceivedTrack['source'][] = ['screen', 'camera', 'second-camera'];

/** Which picture goes where: the chosen one is large, else a screen, else a camera; a guest only where the lead has none. */
export function layOutPictures({ tracks, guests, chosen, selfKey }: PictureLayoutInput): PictureLayout {
  const others = guests.filter(({ key }) => key !== selfKey);
  const pictures = tracks
    .filter(({ kind }) => kind === 'video')
    .flatMap((received): Picture[] => {
      if (received.seat === 'lead') return [{ key: `lead:${received.source}`, received, guest: null }];
      const guest = others.find(({ publisherId }) => publisherId === received.publisherId);
      return guest ? [{ key: `guest:${guest.key}`, received, guest }] : [];
    });
  const lead = pictures
    .filter(({ guest }) => guest === null)
    .sort((a, b) => order.indexOf(a.received.source) - order.indexOf(b.received.source));
  const ofGuests = pictures.filter(({ guest }) => guest !== null);
  const main = pictures.find(({ key }) => key === chosen) ?? lead[0] ?? ofGuests[0] ?? null;
  return {
    main,
    insets: lead.filter((picture) => picture !== main),
    guests: others
      .filter(({ key }) => main?.guest?.key !== key)
      .map((guest) => ({ guest, picture: ofGuests.find((picture) => picture.guest?.key === guest.key) ?? null })),
  };
}

/** The sounds to be heard: everybody's but one's own. */
export function audibleTracks({ tracks, guests, selfKey }: Omit<PictureLayoutInput, 'chosen'>): ReceivedTrack[] {
  const own = guests.find(({ key }) => key === selfKey)?.publisherId ?? null;
  return tracks.filter(({ kind, publisherId }) => kind === 'audio' && publisherId !== own);
}
