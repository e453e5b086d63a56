import { getProducerRtpParametersMapping, validateAndNormalizeRtpParameters } from 'mediasoup/ortc';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { negotiated } from '../../../media/sdp/negotiation.ts';
import { readOffer } from '../../../media/sdp/offer.ts';
import { readSending, type Sending } from '../../../media/sdp/sending.ts';
import { offers, routerCapabilities, transport } from './offers.ts';

function send(text: string): Sending & { answer: string } {
  const offer = readOffer(text);
  const sending = readSending(offer, routerCapabilities);
  for (const { rtpParameters } of sending.streams) {
    const parameters = structuredClone(rtpParameters);
    // mediasoup itself takes them, and its routers carry them.
    validateAndNormalizeRtpParameters(parameters);
    getProducerRtpParametersMapping(parameters, routerCapabilities);
  }
  return { ...sending, answer: negotiated(offer, sending.sections, transport).answer };
}

describe('an encoder’s offer', () => {
  it('of OBS becomes Opus and H.264 by SSRC', () => {
    const { streams, answer } = send(offers.obs);
    expect(streams.map(({ source, rtpParameters: { codecs, encodings, mid } }) => [source, mid, codecs[0]?.mimeType, encodings])).toEqual([
      ['microphone', '0', 'audio/opus', [{ ssrc: 1111 }]],
      ['camera', '1', 'video/H264', [{ ssrc: 2222 }]],
    ]);
    const sdp = parse(answer);
    expect(sdp.icelite).toBe('ice-lite');
    expect(sdp.groups).toEqual([{ type: 'BUNDLE', mids: '0 1' }]);
    expect(sdp.media.map(({ mid, direction, setup, payloads }) => [mid, direction, setup, payloads])).toEqual([
      [0, 'recvonly', 'passive', 111],
      [1, 'recvonly', 'passive', 96],
    ]);
    // Stereo is kept only when the answer says so (RFC 7587 section 7).
    expect(sdp.media[0]?.fmtp[0]?.config).toContain('stereo=1');
    expect(sdp.media[1]?.rtcpFb?.map(({ type, subtype }) => [type, subtype].filter(Boolean).join(' '))).toEqual([
      'nack',
      'nack pli',
      'goog-remb',
    ]);
    expect(sdp.media[0]?.candidates?.map((candidate) => candidate.transport)).toEqual(['udp', 'tcp']);
    expect([sdp.media[0]?.endOfCandidates, sdp.media[1]?.candidates]).toEqual(['end-of-candidates', undefined]);
    expect(sdp.media[0]?.fingerprint).toEqual({ type: 'sha-256', hash: 'AA:BB' });
  });

  it('of GStreamer is taken with its bundle-only section of port 0', () => {
    const { streams, answer } = send(offers.gstreamer);
    expect(streams.map(({ source }) => source)).toEqual(['camera', 'microphone']);
    expect(answer).not.toContain('sprop-parameter-sets');
    expect(parse(answer).media.every(({ port, direction }) => port === 9 && direction === 'recvonly')).toBe(true);
  });

  it('of Chromium with simulcast keeps rids, retransmissions and header extensions', () => {
    const { streams, answer } = send(offers.chromiumSimulcast);
    const video = streams.find(({ kind }) => kind === 'video')?.rtpParameters;
    expect(video?.encodings).toEqual([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
    expect(video?.codecs.map(({ mimeType, payloadType, parameters }) => [mimeType, payloadType, parameters?.apt])).toEqual([
      ['video/VP8', 96, undefined],
      ['video/rtx', 97, 96],
    ]);
    expect(video?.headerExtensions?.map(({ uri }) => uri)).toContain('urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id');
    expect(answer).toContain('a=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv q;h;f\r\n');
    expect(answer).toContain('a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n');
  });

  it('without simulcast pairs an SSRC with that of its retransmissions', () => {
    const { streams } = send(offers.chromiumSingle);
    expect(streams[0]?.rtpParameters.encodings).toEqual([{ ssrc: 320_734_304, rtx: { ssrc: 4_270_039_658 } }]);
  });

  it('in another H.264 profile is relayed under the profile that it says', () => {
    const { streams, answer } = send(offers.obs.replace('42e01f;packetization-mode=1', '640c1f;packetization-mode=1'));
    expect(streams[1]?.rtpParameters.codecs[0]?.parameters?.['profile-level-id']).toBe('42e01f');
    expect(answer).toContain('profile-level-id=640c1f');
  });

  it('with a second picture gets a screen; with a third, or a codec we do not have, a refused section', () => {
    const [session = '', audio = '', video = ''] = offers.obs.split(/(?=m=)/);
    const again = (mid: string) => video.replace('a=mid:1', `a=mid:${mid}`).replaceAll('2222', `333${mid}`);
    const text =
      session.replace('BUNDLE 0 1', 'BUNDLE 0 1 2 3 4') + audio.replace('opus/48000/2', 'G729/8000') + video + again('2') + again('3');
    const { streams, answer } = send(`${text}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:4\r\n`);
    expect(streams.map(({ source }) => source)).toEqual(['camera', 'screen']);
    const sdp = parse(answer);
    expect(sdp.media.map(({ port }) => port)).toEqual([0, 9, 9, 0, 0]);
    expect(sdp.media[4]?.protocol).toBe('UDP/DTLS/SCTP');
    expect(sdp.groups).toEqual([{ type: 'BUNDLE', mids: '1 2' }]);
    // The candidates are in the first section that is taken (RFC 9143 section 7.3.1).
    expect(sdp.media[1]?.candidates).toHaveLength(2);
  });

  it('names its DTLS role, and we take the other', () => {
    expect(send(offers.obs.replaceAll('setup:actpass', 'setup:passive')).answer).toContain('a=setup:active');
    expect(readOffer(offers.obs.replaceAll('setup:actpass', 'setup:passive')).dtls.role).toBe('server');
    expect(send(offers.obs.replaceAll('setup:actpass', 'setup:active')).answer).toContain('a=setup:passive');
  });
});
