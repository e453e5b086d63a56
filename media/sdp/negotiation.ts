import { randomInt } from 'node:crypto';
import type { MediaPlane, TransportOptions } from '../types.ts';
import { type AnsweredSection, writeAnswer } from './answer.ts';
import { type FragmentFrame, readFragment, writeFragment } from './fragment.ts';
import type { IceUser, Offer } from './offer.ts';

/** What a participant who came with an offer has got, and what must be kept so that any node can go on with it; plain data. */
export interface Negotiated {
  /** The SDP answer. */
  answer: string;
  link: Link;
  /** Changes with every ICE session of the participant (RFC 9725 section 4.3.1). */
  iceSession: string;
}

export interface Link {
  transportId: string;
  /** The client's ICE user, by which a restart is told from a trickle. */
  client: IceUser;
  frame: FragmentFrame;
}

const LARGEST_SESSION_ID = 2 ** 47;

export function negotiated(offer: Offer, sections: readonly AnsweredSection[], transport: TransportOptions): Negotiated {
  const accepted = sections.flatMap(({ offered, accepted }) => (accepted ? [offered] : []));
  const [tagged] = accepted;
  return {
    answer: writeAnswer(offer, sections, transport, randomInt(LARGEST_SESSION_ID)),
    link: {
      transportId: transport.id,
      client: offer.ice,
      frame: {
        mids: accepted.map(({ mid }) => mid),
        kind: tagged?.kind ?? 'audio',
        protocol: tagged?.protocol ?? 'UDP/TLS/RTP/SAVPF',
        candidates: transport.iceCandidates,
      },
    },
    iceSession: transport.iceParameters.usernameFragment,
  };
}

export interface Restarted {
  /** The fragment to answer with. */
  fragment: string;
  link: Link;
  iceSession: string;
}

/**
 * Takes a fragment of a participant (RFC 8840): new credentials restart ICE
 * (RFC 8445 section 2.4), others are candidates that we need not know.
 * @returns null when there was nothing to do
 * @throws SdpError malformed; MediaError not-found when the participant is gone
 */
export async function applyFragment(
  plane: Pick<MediaPlane, 'restartIce'>,
  { stageId, participantId, link, fragment }: { stageId: string; participantId: string; link: Link; fragment: string },
): Promise<Restarted | null> {
  const { ice } = readFragment(fragment);
  if (!ice || (ice.ufrag === link.client.ufrag && ice.pwd === link.client.pwd)) return null;
  const parameters = await plane.restartIce(stageId, participantId, link.transportId);
  return {
    fragment: writeFragment(link.frame, parameters),
    link: { ...link, client: ice },
    iceSession: parameters.usernameFragment,
  };
}
