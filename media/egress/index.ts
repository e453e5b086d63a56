import { unsupported } from '../sdp/fault.ts';
import { applyFragment, type Negotiated, negotiated } from '../sdp/negotiation.ts';
import { readOffer } from '../sdp/offer.ts';
import { fillSections, readReceiving } from '../sdp/receiving.ts';
import { namesOf } from '../sdp/sending.ts';
import { MediaError, type MediaPlane } from '../types.ts';

export interface EgressRequest {
  stageId: string;
  /** The subscriber it becomes. */
  participantId: string;
  /** The SDP offer. */
  offer: string;
}

export interface Watching extends Negotiated {
  /** What it plays; when one of them closes there is nothing more for it to play there. */
  consumerIds: string[];
}

/**
 * Lets a player watch by offer and answer (WHEP, draft-ietf-wish-whep), on
 * whatever host the plane puts it. It gets what is on stage in that moment: an
 * answer cannot be amended, so a player whose publisher changes connects anew.
 */
export function createEgress(plane: MediaPlane) {
  async function subscribed({ stageId, participantId, offer: text }: EgressRequest): Promise<Watching> {
    const offer = readOffer(text);
    const receiving = readReceiving(offer, plane.routerRtpCapabilities);
    const { rtpCapabilities, payloadTypes } = receiving;
    const { transport, consumers } = await plane.subscribe(stageId, participantId, rtpCapabilities, { detached: true, payloadTypes });
    const { sections, filled } = fillSections(offer, receiving, consumers);
    if (filled.length === 0) {
      const { producers } = await plane.stageHealth(stageId);
      if (producers.length > 0)
        throw unsupported(`none of the codecs on stage was offered; carried here: ${namesOf(plane.routerRtpCapabilities)}`);
      throw new MediaError('not-found', 'nobody is on stage');
    }
    await plane.connectSubscriber(stageId, participantId, transport.id, offer.dtls);
    const consumerIds = filled.map(({ id }) => id);
    // Connecting starts all of them; what has no section in the answer would be sent for nothing.
    const unwanted = consumers.map(({ id }) => id).filter((id) => !consumerIds.includes(id));
    if (unwanted.length > 0) await plane.pause(stageId, participantId, unwanted);
    return { ...negotiated(offer, sections, transport), consumerIds };
  }

  return {
    /**
     * Subscribes to what the offer can receive.
     * @throws SdpError malformed or unsupported; MediaError, not-found when nobody is on stage
     */
    async open(request: EgressRequest): Promise<Watching> {
      try {
        return await subscribed(request);
      } catch (error) {
        await plane.unsubscribe(request.stageId, request.participantId).catch(() => undefined);
        throw error;
      }
    },
    apply: applyFragment.bind(null, plane),
    close: (stageId: string, participantId: string): Promise<void> => plane.unsubscribe(stageId, participantId),
  };
}
