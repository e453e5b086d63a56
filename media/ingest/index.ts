import { applyFragment, type Negotiated, negotiated } from '../sdp/negotiation.ts';
import { readOffer } from '../sdp/offer.ts';
import { readSending } from '../sdp/sending.ts';
import type { MediaPlane } from '../types.ts';

export interface IngestRequest {
  stageId: string;
  /** The publisher it becomes. */
  participantId: string;
  /** As in PublishOptions. */
  owner: string;
  /** The SDP offer. */
  offer: string;
}

/** Lets an encoder publish by offer and answer (WHIP, RFC 9725), on whatever host the plane puts it. */
export function createIngest(plane: MediaPlane) {
  return {
    /**
     * Publishes what the offer sends, as a detached lead. An offer that cannot be
     * answered takes nobody's place.
     * @throws SdpError malformed or unsupported; MediaError as MediaPlane.publish and produce do
     */
    async open({ stageId, participantId, owner, offer: text }: IngestRequest): Promise<Negotiated> {
      const offer = readOffer(text);
      const { streams, sections } = readSending(offer, plane.routerRtpCapabilities);
      const transport = await plane.publish(stageId, participantId, { owner, detached: true });
      try {
        await plane.connectPublisher(stageId, participantId, transport.id, offer.dtls);
        for (const stream of streams) await plane.produce(stageId, participantId, { transportId: transport.id, ...stream });
      } catch (error) {
        await plane.unpublish(stageId, participantId).catch(() => undefined);
        throw error;
      }
      return negotiated(offer, sections, transport);
    },
    apply: applyFragment.bind(null, plane),
    close: (stageId: string, participantId: string): Promise<void> => plane.unpublish(stageId, participantId),
  };
}
