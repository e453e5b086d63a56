import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { negotiated } from '../../../media/sdp/negotiation.ts';
import { readOffer } from '../../../media/sdp/offer.ts';
import { fillSections, readReceiving } from '../../../media/sdp/receiving.ts';
import type { ConsumerOptions, MediaSource, Seat } from '../../../media/types.ts';
import { playerOffers, routerCapabilities, transport } from './offers.ts';

const consumer = (source: MediaSource, mimeType: string, payloadType: number, seat: Seat = 'lead'): ConsumerOptions => ({
  id: `${seat}-${source}`,
  producerId: 'producer',
  publisherId: 'publisher',
  kind: mimeType.startsWith('audio') ? 'audio' : 'video',
  source,
  seat,
  rtpParameters: {
    codecs: [{ mimeType, payloadType, clockRate: 90_000, parameters: {} }],
    encodings: [{ ssrc: payloadType * 1_000 }],
    rtcp: { cname: 'cname' },
  },
});

describe('a player’s offer', () => {
  it('fixes the payload types, and asks for neither retransmissions nor header extensions', () => {
    const { rtpCapabilities, payloadTypes } = readReceiving(readOffer(playerOffers.chromium), routerCapabilities);
    expect(payloadTypes).toMatchObject({ 'audio/opus': 111, 'video/vp8': 96, 'video/vp9': 98 });
    // Constrained baseline in packetization mode 1, of the eight that Chromium offers.
    const h264 = parse(playerOffers.chromium).media[1]?.fmtp.find(({ payload }) => payload === payloadTypes['video/h264']);
    expect(h264?.config).toMatch(/packetization-mode=1;profile-level-id=42e01f/);
    expect(rtpCapabilities.headerExtensions).toEqual([]);
    expect(rtpCapabilities.codecs?.some(({ mimeType }) => mimeType.endsWith('rtx'))).toBe(false);
  });

  it('of GStreamer, whose H.264 names no profile, is told ours', () => {
    const offer = readOffer(playerOffers.gstreamer);
    const receiving = readReceiving(offer, routerCapabilities);
    expect(receiving.payloadTypes).toEqual({ 'video/h264': 102, 'audio/opus': 103 });
    const { sections } = fillSections(offer, receiving, [consumer('camera', 'video/H264', 102), consumer('microphone', 'audio/opus', 103)]);
    const sdp = parse(negotiated(offer, sections, transport).answer);
    expect(sdp.media.map(({ direction, payloads }) => [direction, payloads])).toEqual([
      ['sendonly', 102],
      ['sendonly', 103],
    ]);
    expect(sdp.media[0]?.fmtp[0]?.config).toContain('profile-level-id=42e01f');
    expect(sdp.media[0]?.ssrcs?.[0]).toEqual({ id: 102_000, attribute: 'cname', value: 'cname' });
  });

  it('is filled with the recruiter’s camera before a screen and before guests', () => {
    const offer = readOffer(playerOffers.gstreamer);
    const receiving = readReceiving(offer, routerCapabilities);
    const { filled } = fillSections(offer, receiving, [
      consumer('microphone', 'audio/opus', 103, 'guest'),
      consumer('camera', 'video/H264', 102, 'guest'),
      consumer('screen', 'video/H264', 102),
      consumer('camera', 'video/H264', 102),
    ]);
    expect(filled.map(({ id }) => id)).toEqual(['lead-camera', 'guest-microphone']);
  });

  it('has the section refused for which there is nothing', () => {
    const offer = readOffer(playerOffers.gstreamer);
    const { sections, filled } = fillSections(offer, readReceiving(offer, routerCapabilities), [consumer('microphone', 'audio/opus', 103)]);
    expect([filled.length, sections.map(({ accepted }) => accepted !== null)]).toEqual([1, [false, true]]);
  });
});
