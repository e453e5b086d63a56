import { PeerConnection, RtcpReceivingSession, type Track } from 'node-datachannel';

export interface PeerEvents {
  /** One RTP packet of an announced stream, with the mid of its media section (RFC 9143). */
  packet(mid: string, bytes: number): void;
  /** The states of RTCPeerConnection: connecting, connected, disconnected, failed, closed. */
  state(state: string): void;
}

/** The receiving half of a WebRTC connection that decodes nothing. */
export interface Peer {
  /** Answers an offer; a later one adds or ends media sections. Resolves with the SDP answer, which has no candidates: the offerer must be ICE-lite. */
  answer(offer: string): Promise<string>;
  state(): string;
  close(): void;
}

/** RFC 3550 section 5.1. */
const RTP_HEADER_BYTES = 12;
const SSRC_AT = 8;

/** SSRCs by media section, as the offer announces them (RFC 5576). */
function announced(offer: string): Map<string, Set<number>> {
  const streams = new Map<string, Set<number>>();
  for (const section of offer.split(/^m=/m).slice(1)) {
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
    const ssrcs = [...section.matchAll(/^a=ssrc:(\d+)/gm)].map(([, ssrc]) => Number(ssrc));
    if (mid !== undefined) streams.set(mid, new Set(ssrcs));
  }
  return streams;
}

/** Real ICE, DTLS and SRTP (libdatachannel), with receiver reports (RFC 3550). */
export function openPeer(events: PeerEvents): Peer {
  const peer = new PeerConnection('viewer', { iceServers: [], disableAutoNegotiation: true });
  // Tracks must stay referenced, or their callbacks are collected.
  const tracks: Track[] = [];
  let streams = new Map<string, Set<number>>();
  let described: ((sdp: string) => void) | undefined;
  peer.onTrack((track) => {
    const mid = track.mid();
    track.setMediaHandler(new RtcpReceivingSession());
    track.onMessage((packet) => {
      // Padding by which a sender probes the bandwidth has an SSRC of its own, and RTCP comes this way too.
      if (packet.length >= RTP_HEADER_BYTES && streams.get(mid)?.has(packet.readUInt32BE(SSRC_AT))) events.packet(mid, packet.length);
    });
    tracks.push(track);
  });
  peer.onStateChange((state) => events.state(state));
  peer.onLocalDescription((sdp) => described?.(sdp));
  return {
    answer(offer) {
      const answer = new Promise<string>((resolve) => {
        described = resolve;
      });
      streams = announced(offer);
      peer.setRemoteDescription(offer, 'offer');
      peer.setLocalDescription('answer');
      return answer;
    },
    state: () => peer.state(),
    close() {
      for (const track of tracks) track.close();
      peer.close();
    },
  };
}
