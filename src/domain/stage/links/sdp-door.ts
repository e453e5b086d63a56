import type { LinkMedia } from './store.ts';

/** What an offer was answered with, and what is kept of it. */
interface Opened {
  answer: string;
  link: LinkMedia;
  iceSession: string;
}

/** Where the media plane takes SDP; see media/ingest and media/egress. */
export interface SdpDoor {
  /** @returns null when the fragment changed nothing */
  apply(what: { stageId: string; participantId: string; link: LinkMedia; fragment: string }): Promise<{
    fragment: string;
    link: LinkMedia;
    iceSession: string;
  } | null>;
  close(stageId: string, participantId: string): Promise<void>;
}

export interface IngestDoor extends SdpDoor {
  open(what: { stageId: string; participantId: string; owner: string; offer: string }): Promise<Opened>;
}

export interface EgressDoor extends SdpDoor {
  open(what: { stageId: string; participantId: string; offer: string }): Promise<Opened & { consumerIds: string[] }>;
}
