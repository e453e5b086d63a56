import { PeerConnection, RtcpReceivingSession, type Track } from 'node-datachannel';

export interface PeerEvents {
  /** One RTP packet, with the mid of its media section (RFC 8843). */
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

/** Real ICE, DTLS and SRTP (libdatachannel), with receiver reports (RFC 3550). */
export function openPeer(events: PeerEvents): Peer {
  const peer = new PeerConnection('viewer', { iceServers: [], disableAutoNegotiation: true });
  // Tracks must stay referenced, or their callbacks are collected.
  const tracks: Track[] = [];
  let described: ((sdp: string) => void) | undefined;
  peer.onTrack((track) => {
    const mid = track.mid();
    track.setMediaHandler(new RtcpReceivingSession());
    track.onMessage((packet) => events.packet(mid, packet.length));
    tracks.push(track);
  });
  peer.onStateChange((state) => events.state(state));
  peer.onLocalDescription((sdp) => described?.(sdp));
  return {
    answer(offer) {
      const answer = new Promise<string>((resolve) => {
        described = resolve;
      });
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
